//! The certificates of a control plane: one authority, and what it signed.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use super::run_folder::RunFolder;

/// A certificate and its private key, as PEM files.
#[derive(Debug, Clone)]
pub struct KeyAndCertificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Everything that the parts of a control plane need to trust each other.
#[derive(Debug)]
pub struct Certificates {
    pub authority: PathBuf,
    /// A client in `system:masters`, who is allowed to do everything.
    pub admin: KeyAndCertificate,
    /// The API server's.
    pub server: KeyAndCertificate,
    /// The pair that signs ServiceAccount tokens. The public half is a plain key.
    pub service_account: KeyAndCertificate,
}

impl Certificates {
    /// Creates the certificates and writes them to the folder.
    ///
    /// # Panics
    /// When a file can't be written.
    pub fn write(folder: &RunFolder) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "offhours-test-authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(params, new_key()).expect("the authority's parameters are valid");

        let mut admin = CertificateParams::default();
        admin.distinguished_name.push(DnType::CommonName, "admin");
        admin.distinguished_name.push(DnType::OrganizationName, "system:masters");
        admin.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];

        let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
        let mut server = CertificateParams::new(names).expect("the server's names are valid");
        server.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];

        let token_key = new_key();
        Self {
            authority: folder.write("ca.crt", authority.pem()),
            admin: signed(folder, "admin", admin, &authority),
            server: signed(folder, "server", server, &authority),
            service_account: KeyAndCertificate {
                certificate: folder.write("sa.pub", token_key.public_key_pem()),
                key: folder.write("sa.key", token_key.serialize_pem()),
            },
        }
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("an ECDSA key can be generated")
}

fn signed(
    folder: &RunFolder,
    name: &str,
    params: CertificateParams,
    authority: &CertifiedIssuer<'_, KeyPair>,
) -> KeyAndCertificate {
    let key = new_key();
    let certificate = params.signed_by(&key, authority).expect("the certificate's parameters are valid");
    KeyAndCertificate {
        certificate: folder.write(&format!("{name}.crt"), certificate.pem()),
        key: folder.write(&format!("{name}.key"), key.serialize_pem()),
    }
}

/// The user of a kubeconfig.
pub enum Identity<'a> {
    Certificate(&'a KeyAndCertificate),
    Token(&'a str),
}

/// The text of a kubeconfig for one server, one user and one default namespace.
pub fn kubeconfig(server: &str, authority: &Path, identity: &Identity<'_>, namespace: &str) -> String {
    let user = match identity {
        Identity::Certificate(pair) => {
            serde_json::json!({"client-certificate": pair.certificate, "client-key": pair.key})
        }
        Identity::Token(token) => serde_json::json!({"token": token}),
    };
    // JSON is valid YAML, and quotes any character of a path.
    serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "rig", "cluster": {"server": server, "certificate-authority": authority}}],
        "users": [{"name": "rig", "user": user}],
        "contexts": [{"name": "rig", "context": {"cluster": "rig", "user": "rig", "namespace": namespace}}],
        "current-context": "rig",
    })
    .to_string()
}
