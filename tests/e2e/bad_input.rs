//! Wrong flags, variables and environments: a message that says what to do, and exit status 2.

use std::process::Command;

use crate::installation::{DEADLINE, http_get};
use crate::rig::{Output, Program, RunFolder, free_port, wait_for};

fn offhours(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_offhours"));
    command.args(arguments).env_clear().envs(environment.iter().copied()).env("HOME", "/nonexistent");
    Output::of(&mut command)
}

/// Checks that standard error contains all of these words, standard output is empty, and the status is 2.
#[track_caller]
fn assert_error(output: &Output, words: &[&str]) {
    assert_eq!(output.status.code(), Some(2), "{}: {}", output.command, output.stderr);
    assert!(output.stderr.starts_with("error: "), "{}", output.stderr);
    assert_eq!(output.stdout, "", "{}", output.command);
    for word in words {
        assert!(output.stderr.contains(word), "{word} is not in: {}", output.stderr);
    }
    print!("{}", output.stderr);
}

/// The same for a message of one line.
#[track_caller]
fn assert_one_line(output: &Output, words: &[&str]) {
    assert_eq!(output.stderr.trim_end().lines().count(), 1, "{}: {}", output.command, output.stderr);
    assert_error(output, words);
}

#[test]
fn a_wrong_flag_is_named_with_status_2() {
    for (flag, value, words) in [
        ("--lookup-rate", "3", "a number from 0.01 to 2"),
        ("--lookup-rate", "fast", "a number from 0.01 to 2"),
        ("--lookup-rate", "NaN", "a number from 0.01 to 2"),
        ("--write-concurrency", "0", "must be a whole number from 1 to 256"),
        ("--stale-after", "0s", "a duration such as 15m or 90s"),
        ("--stale-after", "15", "a duration such as 15m or 90s"),
        ("--listen-address", "8080", "127.0.0.1:8080"),
        ("--listen-address", "localhost:8080", "127.0.0.1:8080"),
        ("--log-format", "xml", "[possible values: text, json]"),
        ("--log-level", "loud=very=much", "info,offhours=debug"),
        (
            "--log-level",
            "warning",
            "must be error, warn, info, debug or trace, or a filter such as info,offhours=debug",
        ),
        (
            "--log-level",
            "verbose",
            "must be error, warn, info, debug or trace, or a filter such as info,offhours=debug",
        ),
        ("--log-level", "", "must be error, warn, info, debug or trace, or a filter such as info,offhours=debug"),
        ("--log-level", "kube=debug", "the filter silences offhours; add a level, such as info,kube=debug"),
        ("--default-source", "maybe", "[possible values: true, false]"),
        ("--default-source-regions", "Frankfurt", "eu-central-1"),
    ] {
        assert_error(&offhours(&["controller", flag, value], &[]), &[flag, value, words]);
        // The same value in the environment variable.
        let variable = format!("OFFHOURS_{}", flag.trim_start_matches('-').replace('-', "_").to_uppercase());
        assert_error(&offhours(&["controller"], &[(&variable, value)]), &[flag, value, words]);
    }
    assert_error(&offhours(&["controller", "--lookuprate", "1"], &[]), &["--lookuprate", "--lookup-rate"]);
    assert_error(&offhours(&["controller", "extra"], &[]), &["extra"]);
    assert_error(&offhours(&["contoller"], &[]), &["contoller", "controller"]);
}

#[test]
fn help_and_version_go_to_standard_output() {
    let help = offhours(&["--help"], &[]).expect_success();
    for word in ["controller", "crds", "finds container images pushed to Amazon ECR outside business hours"] {
        assert!(help.contains(word), "{help}");
    }
    let help = offhours(&["controller", "--help"], &[]).expect_success();
    for word in ["--lookup-rate", "OFFHOURS_LOOKUP_RATE", "KUBECONFIG", "--listen-address", "[default: 127.0.0.1:8080]"]
    {
        assert!(help.contains(word), "{word} is not in {help}");
    }
    let version = offhours(&["--version"], &[]).expect_success();
    assert_eq!(version.trim(), format!("offhours {}", env!("CARGO_PKG_VERSION")));
    let nothing = offhours(&[], &[]);
    assert_eq!((nothing.status.code(), nothing.stdout.as_str()), (Some(2), ""));
    assert!(nothing.stderr.contains("Usage: offhours <COMMAND>"), "{}", nothing.stderr);
}

#[test]
fn an_error_that_prevents_the_start_is_one_line_with_status_2() {
    let address = format!("127.0.0.1:{}", free_port());
    let controller = ["controller", "--listen-address", &address];
    assert_one_line(&offhours(&controller, &[]), &["no cluster", "set KUBECONFIG"]);
    let missing = [("KUBECONFIG", "/nonexistent/kubeconfig")];
    assert_one_line(&offhours(&controller, &missing), &["/nonexistent/kubeconfig", "set KUBECONFIG"]);
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("kubeconfig");
    std::fs::write(&broken, "clusters: {").unwrap();
    let broken = [("KUBECONFIG", broken.to_str().unwrap())];
    assert_one_line(&offhours(&controller, &broken), &["kubeconfig"]);

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = offhours(&["controller", "--listen-address", &address], &[]);
    assert_one_line(&output, &[&address, "choose another --listen-address"]);
    let output = offhours(&["crds", "--output-dir", "/nonexistent/folder"], &[]);
    assert_one_line(&output, &["/nonexistent/folder"]);
}

#[tokio::test]
async fn a_cluster_that_cannot_be_reached_is_waited_for() {
    let folder = RunFolder::new("unreachable");
    let server = format!("http://127.0.0.1:{}", free_port());
    let kubeconfig = folder.write(
        "kubeconfig",
        format!(
            "{{apiVersion: v1, kind: Config, current-context: c, clusters: [{{name: c, cluster: {{server: '{server}'}}}}], \
             contexts: [{{name: c, context: {{cluster: c, user: u}}}}], users: [{{name: u, user: {{}}}}]}}"
        ),
    );
    let port = free_port();
    let program = Program::new("controller", env!("CARGO_BIN_EXE_offhours"))
        .args(["controller", "--listen-address", &format!("127.0.0.1:{port}")])
        .env("KUBECONFIG", kubeconfig);
    let mut controller = program.spawn(folder.path());
    let readiness = wait_for("readyz to name the API server", DEADLINE, async || {
        match http_get(&format!("http://127.0.0.1:{port}/readyz")).await {
            Err(readiness) if readiness.contains("the API server") => Ok(readiness),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    println!("{readiness}");
    assert!(readiness.contains(" 503 ") && readiness.to_lowercase().contains("connection refused"), "{readiness}");
    assert_eq!(http_get(&format!("http://127.0.0.1:{port}/healthz")).await.unwrap(), "ok\n");
    assert!(controller.is_running());
    controller.wait_for_log(&server, DEADLINE).await;
    let exit = controller.terminate(DEADLINE).await;
    assert!(exit.status.success(), "{exit:?}");
}
