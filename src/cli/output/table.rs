//! Tables for people, in the columns of `kubectl get ohu`.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use tabwriter::TabWriter;

use super::plain;
use crate::api::{OffHoursUpload, OffHoursUploadSpec, Severity};
use crate::detect::short_principal;

const HEADER: Style = Style::new().bold();

/// A row for each finding, in the order of their first uploads; `wide` has more columns.
pub fn findings(findings: &[OffHoursUpload], wide: bool) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut header = vec!["POLICY", "REPOSITORY", "TAG", "PRINCIPAL", "LOCAL TIME", "COUNT", "REASON"];
    if wide {
        header.extend(["ACCOUNT", "REGION", "TEAM", "KIND", "DIGEST", "NAME"]);
    }
    let mut rows = vec![header.iter().map(|title| styled(HEADER, title)).collect::<Vec<_>>()];
    let mut by_time: Vec<&OffHoursUpload> = findings.iter().collect();
    by_time.sort_by_key(|finding| finding.status.as_ref().map(|status| status.first_time));
    rows.extend(by_time.into_iter().map(|finding| row(finding, wide)));
    aligned(&rows)
}

fn row(finding: &OffHoursUpload, wide: bool) -> Vec<String> {
    let spec = &finding.spec;
    let status = finding.status.as_ref();
    let uploads = status.map(|status| status.uploads.as_slice()).unwrap_or_default();
    let first = uploads.first();
    // The images of a list are pushed before it, without a tag; the list is what was meant. So are the columns of kubectl.
    let meant = uploads.iter().find(|upload| upload.tag.is_some()).or(first);
    let text = |text: Option<&str>| plain(text.unwrap_or("-"));
    let severity = status.map_or(Severity::Low, |status| status.severity);
    let reason = status.map(|status| format!("{:?}", status.reason)).unwrap_or_default();
    let mut row = vec![
        plain(&spec.policy),
        plain(&spec.repository),
        text(meant.and_then(|upload| upload.tag.as_deref())),
        plain(&principal(spec, wide)),
        first.map(|upload| upload.local_time.format("%a %Y-%m-%d %H:%M:%S %:z").to_string()).unwrap_or_default(),
        status.map(|status| status.count.to_string()).unwrap_or_default(),
        styled(color_of(severity), &reason),
    ];
    if wide {
        row.extend([
            plain(&spec.account),
            plain(&spec.region),
            text(spec.team.as_deref()),
            meant.map(|upload| format!("{:?}", upload.kind)).unwrap_or_default(),
            text(meant.and_then(|upload| upload.digest.as_deref())),
            text(finding.metadata.name.as_deref()),
        ]);
    }
    row
}

/// Who pushed; `role/ci/release` where the account is that of the registry and there is little room.
fn principal(spec: &OffHoursUploadSpec, wide: bool) -> String {
    match &spec.principal.session {
        None if wide => spec.principal.arn.clone(),
        _ => short_principal(&spec.principal, &spec.account),
    }
}

fn color_of(severity: Severity) -> Style {
    let color = match severity {
        Severity::Low => AnsiColor::Cyan,
        Severity::Medium => AnsiColor::Yellow,
        Severity::High => AnsiColor::Red,
        Severity::Critical => AnsiColor::BrightRed,
    };
    Style::new().fg_color(Some(color.into()))
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Columns with three spaces between, as kubectl has.
fn aligned(rows: &[Vec<String>]) -> String {
    let mut writer = TabWriter::new(Vec::new()).padding(3).minwidth(0).ansi(true);
    let text: String = rows.iter().map(|row| row.join("\t") + "\n").collect();
    // Writing into memory does not fail.
    let _ = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
