# A static binary and the public certificates, and nothing else: no shell, no package manager, no libc.
#
#   docker build --tag REGISTRY/offhours:0.1.0 .
#   docker buildx build --platform linux/amd64,linux/arm64 --tag REGISTRY/offhours:0.1.0 --push .

# The version of rust-toolchain.toml.
FROM docker.io/library/rust:1.95-slim-bookworm AS build
# musl-tools brings musl-gcc for the C and assembly of aws-lc-sys, which the gcc of glibc must not compile.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates musl-tools \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
# Each platform builds for itself, so the target is the machine's own architecture, with musl for glibc.
RUN target="$(uname -m)-unknown-linux-musl" \
 && rustup target add "$target" \
 && export "CC_$(echo "$target" | tr - _)=musl-gcc" \
 && cargo build --release --locked --bin offhours --target "$target" \
 && cp "target/$target/release/offhours" /offhours

FROM scratch
# AWS is verified against these. The API server has its own, in the ServiceAccount's volume.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
# Time zones need no files: chrono-tz compiles them into the binary, so a new rule comes with a new image.
COPY --from=build /offhours /usr/local/bin/offhours
# By number, so that the kubelet can prove runAsNonRoot.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/offhours"]
CMD ["controller"]
