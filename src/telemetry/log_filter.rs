//! The value of `--log-level`, which decides what is logged.

use std::fmt;
use std::str::FromStr;

use tracing_subscriber::filter::{LevelFilter, Targets};

/// A level such as `info`, or a filter: a list of levels such as `info,offhours=debug,hyper=off`, where `TARGET=LEVEL`
/// applies to the modules whose path begins with the target, and a level alone to all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter {
    /// The level of every module that no target names.
    default: Option<LevelFilter>,
    /// The levels of single targets; if two match a module, the longer one applies.
    targets: Vec<(String, LevelFilter)>,
}

/// The levels, the least verbose first.
const LEVELS: [(&str, LevelFilter); 5] = [
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// The modules of this crate.
const OURS: &str = "offhours";

/// The most verbose level of other crates where the filter is only a level: their debug lines are for people who work on
/// these crates.
const MOST_OF_OTHERS: LevelFilter = LevelFilter::WARN;

/// The clients of Kubernetes and AWS: `kube_client`, `aws_config` and so on. They log every failed request, in Rust's debug
/// format and some with the whole response. The controller itself reports failures, once.
const CLIENTS: [&str; 2] = ["kube", "aws"];

/// The reason why a text is not a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogFilterError {
    #[error("must be error, warn, info, debug or trace, or a filter such as info,offhours=debug")]
    Syntax,
    #[error("the filter has two levels without a target; write one, such as info,offhours=debug")]
    TwoLevels,
    #[error("the filter silences {OURS}; add a level, such as info,kube=debug")]
    Silent,
}

impl FromStr for LogFilter {
    type Err = LogFilterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut filter = Self { default: None, targets: Vec::new() };
        for directive in text.split(',') {
            match directive.split_once('=') {
                Some((target, level)) if is_target(target) => {
                    filter.targets.push((target.to_owned(), level_or_off(level).ok_or(LogFilterError::Syntax)?));
                }
                Some(_) => return Err(LogFilterError::Syntax),
                None => {
                    let level = level(directive).ok_or(LogFilterError::Syntax)?;
                    if filter.default.replace(level).is_some() {
                        return Err(LogFilterError::TwoLevels);
                    }
                }
            }
        }
        if filter.to_targets().would_enable(OURS, &tracing::Level::ERROR) {
            Ok(filter)
        } else {
            Err(LogFilterError::Silent)
        }
    }
}

impl LogFilter {
    /// The filter in the form that the subscriber takes.
    pub(super) fn to_targets(&self) -> Targets {
        let is_level_alone = self.targets.is_empty();
        let default = self.default.unwrap_or(LevelFilter::OFF);
        let others = if is_level_alone { default.min(MOST_OF_OTHERS) } else { default };
        let silent = CLIENTS.map(|client| (client, LevelFilter::OFF));
        let mut targets = Targets::new().with_default(others).with_targets(silent);
        if self.default.is_some() {
            targets = targets.with_target(OURS, default);
        }
        // The directives of the user win over the defaults.
        targets.with_targets(self.targets.iter().cloned())
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = self.default.iter().map(ToString::to_string);
        let targets = self.targets.iter().map(|(target, level)| format!("{target}={level}"));
        f.write_str(&default.chain(targets).collect::<Vec<_>>().join(","))
    }
}

fn level(text: &str) -> Option<LevelFilter> {
    LEVELS.iter().find(|(name, _)| *name == text).map(|(_, level)| *level)
}

/// A level, or `off`, which is allowed for other crates.
fn level_or_off(text: &str) -> Option<LevelFilter> {
    if text == "off" { Some(LevelFilter::OFF) } else { level(text) }
}

/// A path of Rust modules.
fn is_target(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    text.split("::").all(is_name)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    fn parse(text: &str) -> LogFilter {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// The most verbose level that is logged of a module; None for nothing.
    fn most(text: &str, target: &str) -> Option<Level> {
        let targets = parse(text).to_targets();
        let levels = [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
        levels.into_iter().find(|level| targets.would_enable(target, level))
    }

    #[test]
    fn a_level_is_for_this_crate_and_leaves_the_warnings_of_others() {
        for (text, ours, others) in [
            ("error", Level::ERROR, Level::ERROR),
            ("warn", Level::WARN, Level::WARN),
            ("info", Level::INFO, Level::WARN),
            ("debug", Level::DEBUG, Level::WARN),
            ("trace", Level::TRACE, Level::WARN),
        ] {
            assert_eq!(most(text, "offhours::controller::run"), Some(ours), "{text}");
            assert_eq!(most(text, "hyper_util::client"), Some(others), "{text}");
        }
    }

    #[test]
    fn clients_are_silent_unless_the_filter_names_them() {
        for text in ["info", "trace", "info,offhours=debug", "debug,hyper=off"] {
            assert_eq!(most(text, "kube_client::client::builder"), None, "{text}");
            assert_eq!(most(text, "aws_config::imds::client"), None, "{text}");
        }
        assert_eq!(most("info,kube=debug", "kube_client::client::builder"), Some(Level::DEBUG));
        assert_eq!(most("info,kube_client=trace", "kube_client::client::builder"), Some(Level::TRACE));
        assert_eq!(most("info,kube_client=trace", "kube_runtime::watcher"), None);
    }

    #[test]
    fn a_filter_is_taken_as_it_is_written() {
        assert_eq!(most("warn,offhours=debug", "offhours::source"), Some(Level::DEBUG));
        assert_eq!(most("warn,offhours::source=trace", "offhours::source::session"), Some(Level::TRACE));
        assert_eq!(most("warn,offhours::source=trace", "offhours::detect"), Some(Level::WARN));
        assert_eq!(most("debug,hyper_util=off", "hyper_util::client"), None);
        assert_eq!(most("debug,hyper_util=off", "rustls::client"), Some(Level::DEBUG));
        assert_eq!(most("offhours=info", "hyper_util::client"), None);
    }

    #[test]
    fn what_is_neither_a_level_nor_a_filter_is_refused() {
        let not_levels = ["", "warning", "verbose", "INFO", "off", "3", "info;offhours=debug", "info,", "info, warn"];
        let not_targets =
            ["offhours", "offhours=", "=debug", "offhours=loud", "aws-config=info", "[span]=info", "::a=info"];
        for text in not_levels.into_iter().chain(not_targets) {
            assert_eq!(text.parse::<LogFilter>(), Err(LogFilterError::Syntax), "{text}");
        }
        assert_eq!("info,debug".parse::<LogFilter>(), Err(LogFilterError::TwoLevels));
    }

    #[test]
    fn a_filter_that_silences_the_controller_is_refused() {
        for text in ["kube=debug", "hyper=info,aws_config=debug", "info,offhours=off", "offhours=off"] {
            assert_eq!(text.parse::<LogFilter>(), Err(LogFilterError::Silent), "{text}");
        }
    }

    #[test]
    fn a_filter_is_shown_as_it_was_written() {
        for text in ["info", "offhours=debug", "warn,offhours=debug,kube_client=off"] {
            assert_eq!(parse(text).to_string(), text);
        }
    }
}
