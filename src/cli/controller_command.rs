//! `offhours controller`.

use std::sync::Arc;

use kube::Config;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{CommandError, ControllerArguments};
use crate::controller::{self, Connection, Metrics, Settings};
use crate::source::UnknownRegion;
use crate::telemetry::{Readiness, bind, init_logs, new_registry, serve};

/// Runs the controller until SIGTERM or SIGINT.
///
/// # Errors
/// When it can't start, or something ended it.
pub async fn run_controller(arguments: ControllerArguments) -> Result<(), CommandError> {
    init_logs(arguments.log_format, &arguments.log_level);
    install_tls_provider()?;
    let shutdown = stop_on_signal()?;
    let listener = bind(arguments.listen_address).await?;
    let config = Config::infer().await.map_err(CommandError::NoCluster)?;
    let cluster = config.cluster_url.clone();
    let connection = Connection::new(config).map_err(CommandError::Client)?;

    let mut registry = new_registry();
    let metrics = Arc::new(Metrics::register(&mut registry));
    let readiness = Arc::new(Readiness::default());
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        tz_database = chrono_tz::IANA_TZDB_VERSION,
        %cluster,
        listen_address = %arguments.listen_address,
        log_level = %arguments.log_level,
        default_source = arguments.default_source,
        default_source_regions = arguments.default_source_regions.join(","),
        lookup_rate = arguments.lookup_rate,
        write_concurrency = arguments.write_concurrency,
        stale_after = ?arguments.stale_after,
        checkpoint_interval = ?arguments.checkpoint_interval,
        "starting"
    );
    for region in UnknownRegion::among(&arguments.default_source_regions) {
        tracing::warn!("--default-source-regions: {region}");
    }
    let settings = Settings {
        default_source: arguments.default_source,
        default_source_regions: arguments.default_source_regions,
        lookup_rate: arguments.lookup_rate,
        write_concurrency: arguments.write_concurrency.into(),
        stale_after: arguments.stale_after,
        checkpoint_interval: arguments.checkpoint_interval,
        instance: arguments.pod_name,
    };
    let health = serve(listener, Arc::new(registry), Arc::clone(&readiness));
    let controller = controller::run(connection, settings, metrics, readiness, shutdown);
    // Probes are answered for as long as the controller runs.
    tokio::select! {
        result = controller => result?,
        result = health => result?,
    }
    tracing::info!("stopped");
    Ok(())
}

/// The Kubernetes client and the AWS SDK share one TLS implementation.
pub(super) fn install_tls_provider() -> Result<(), CommandError> {
    rustls::crypto::aws_lc_rs::default_provider().install_default().map_err(|_| CommandError::TlsProvider)
}

/// A token that the first SIGTERM or SIGINT cancels; the second one ends the process at once.
fn stop_on_signal() -> Result<CancellationToken, CommandError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(CommandError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::Signals)?;
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    tokio::spawn(async move {
        for attempt in 0.. {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if attempt > 0 {
                std::process::exit(130);
            }
            tracing::info!("stopping after a signal; a second one ends the program at once");
            token.cancel();
        }
    });
    Ok(shutdown)
}
