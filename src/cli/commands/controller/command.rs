//! `offhours controller`.

use std::sync::Arc;

use kube::Config;
use tokio::runtime::Builder;

use super::arguments::ControllerArguments;
use super::error::ControllerCommandError;
use super::shutdown::shutdown_on_signal;
use crate::cli::exit_status::Outcome;
use crate::cli::{async_runtime, tls_provider};
use crate::controller::{self, Connection, Metrics, Settings};
use crate::source::UnknownRegion;
use crate::telemetry::{Readiness, bind, init_logs, new_registry, serve};

/// Runs the controller until SIGTERM or SIGINT.
///
/// # Errors
/// When it cannot start, or something ended it.
pub fn controller(arguments: ControllerArguments) -> Result<Outcome, ControllerCommandError> {
    let runtime = async_runtime::start(Builder::new_multi_thread().enable_all())?;
    let result = runtime.block_on(run(arguments));
    // Whatever is still running would be cut off at its next await anyway.
    runtime.shutdown_background();
    result.map(|()| Outcome::Clear)
}

async fn run(arguments: ControllerArguments) -> Result<(), ControllerCommandError> {
    init_logs(arguments.log_format, &arguments.log_level);
    tls_provider::install()?;
    let shutdown = shutdown_on_signal()?;
    let listener = bind(arguments.listen_address).await?;
    let config = Config::infer().await.map_err(ControllerCommandError::NoCluster)?;
    let cluster = config.cluster_url.clone();
    let connection = Connection::new(config).map_err(ControllerCommandError::Client)?;

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
