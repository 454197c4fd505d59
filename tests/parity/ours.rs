//! The output of the product: its binary reads the same records from a file.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::cloudtrail_search::{Group, Row};
use crate::page;

/// The program with a policy.
#[derive(Debug)]
pub struct Ours {
    folder: tempfile::TempDir,
}

impl Ours {
    /// By the policy of an empty spec.
    pub fn by_reference() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policies/reference.yaml");
        Self::by(&std::fs::read_to_string(path).unwrap())
    }

    /// By a policy of docs/from-splunk.md.
    pub fn by_page(name: &str) -> Self {
        Self::by(&page::policy(name))
    }

    /// By a policy with this spec.
    pub fn by_spec(spec: Value) -> Self {
        let metadata = json!({"name": "production"});
        let policy = json!({"apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy", "metadata": metadata, "spec": spec});
        Self::by(&policy.to_string())
    }

    /// By the policy in this text.
    pub fn by(policy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("policy.yaml"), policy).unwrap();
        Self { folder }
    }

    /// `scan -o csv`: the rows of the CloudTrail search.
    pub fn rows(&self, records: &[Value]) -> Vec<Row> {
        let text = self.run(&["scan", "-o", "csv"], records);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let names = "signature user user_agent src vendor_account vendor_region vendor_product repository count firstTime lastTime";
        assert_eq!(header.join(" "), names);
        let mut rows: Vec<Row> = reader.deserialize().map(|row| row_of(row.unwrap())).collect();
        rows.sort();
        rows
    }

    /// `scan -o json`: the findings.
    pub fn findings(&self, records: &[Value]) -> Vec<Value> {
        let list: Value = serde_json::from_str(&self.run(&["scan", "-o", "json"], records)).unwrap();
        list["items"].as_array().unwrap().clone()
    }

    /// The evidence of every upload that is in a finding, each with its finding.
    pub fn uploads(&self, records: &[Value]) -> Vec<(Value, Value)> {
        let findings = self.findings(records);
        let uploads = |finding: &Value| finding["status"]["uploads"].as_array().unwrap().clone();
        findings
            .iter()
            .flat_map(|finding| uploads(finding).into_iter().map(|upload| (finding.clone(), upload)))
            .collect()
    }

    /// `explain -o json`: the explanations of all records of PutImage.
    pub fn explain(&self, records: &[Value]) -> Vec<Value> {
        let text = self.run(&["explain", "-o", "json"], records);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The verdict on one record, such as `OffHours`.
    pub fn verdict(&self, record: &Value) -> String {
        match self.explain(std::slice::from_ref(record)).as_slice() {
            [] => "NotAnUpload".to_owned(),
            [one] => one["verdict"].as_str().unwrap().to_owned(),
            more => panic!("{more:?}"),
        }
    }

    fn run(&self, arguments: &[&str], records: &[Value]) -> String {
        let file = self.write(records);
        let policy = self.folder.path().join("policy.yaml");
        let mut command = Command::new(env!("CARGO_BIN_EXE_offhours"));
        let output = command.args(arguments).arg("--policy").arg(policy).arg(file).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        // Published records of other calls lack fields that every record has. All records of pushes must be read.
        let unread: Vec<&str> = errors.lines().filter(|line| line.starts_with("error:")).collect();
        assert!(unread.iter().all(|line| line.contains("eventSource")), "{}", unread.join("\n"));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Writes records of CloudTrail in the envelope of a trail, and those of Security Lake on a line each.
    fn write(&self, records: &[Value]) -> PathBuf {
        let is_ocsf = records.iter().any(|record| record.get("class_uid").is_some());
        let text = if is_ocsf {
            records.iter().map(|record| record.to_string() + "\n").collect()
        } else {
            json!({ "Records": records }).to_string()
        };
        let file = self.folder.path().join("records.json");
        std::fs::write(&file, text).unwrap();
        file
    }
}

fn row_of(fields: [String; 11]) -> Row {
    let [
        signature,
        user,
        user_agent,
        src,
        vendor_account,
        vendor_region,
        vendor_product,
        repository,
        count,
        first,
        last,
    ] = fields;
    let group = Group { signature, user, user_agent, src, vendor_account, vendor_region, vendor_product, repository };
    Row { group, count: count.parse().unwrap(), first_time: in_utc(&first), last_time: in_utc(&last) }
}

/// The time as the search prints it for a user in UTC: the searches leave the zone out.
fn in_utc(time: &str) -> String {
    time.strip_suffix('Z').unwrap_or_else(|| panic!("{time} is not in UTC")).to_owned()
}
