//! Runs the program on files of its own.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// A folder with policies and records.
pub struct Folder(tempfile::TempDir);

/// What a run left.
#[derive(Debug)]
pub struct Run {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// A policy in a file of this name.
    pub fn policy(&self, file: &str, name: &str, spec: Value) {
        let policy = json!({
            "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy",
            "metadata": {"name": name, "namespace": "security"}, "spec": spec,
        });
        self.write(file, &policy.to_string());
    }

    /// Records of pushes to a repository at these times.
    pub fn records(&self, file: &str, pushes: &[(&str, &str)]) {
        let record = |(number, (time, repository)): (usize, &(&str, &str))| {
            json!({
                "eventVersion": "1.08", "eventName": "PutImage", "eventSource": "ecr.amazonaws.com", "eventTime": time,
                "eventID": format!("00000000-0000-4000-8000-{number:012}"), "awsRegion": "eu-central-1",
                "recipientAccountId": "111122223333", "eventType": "AwsApiCall",
                "userIdentity": {
                    "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann", "accountId": "111122223333", "userName": "ann",
                },
                "requestParameters": {"repositoryName": repository, "registryId": "111122223333", "imageTag": format!("v{number}")},
            })
        };
        let records: Vec<Value> = pushes.iter().enumerate().map(record).collect();
        self.write(file, &json!({ "Records": records }).to_string());
    }

    /// Runs `offhours` in the folder, without a terminal and without the settings of whoever runs the tests.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_offhours"))
            .args(arguments)
            .current_dir(self.0.path())
            .env_remove("CLICOLOR_FORCE")
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
