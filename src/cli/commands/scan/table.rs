//! A table with the columns of `kubectl get ohu`.

use anstyle::{AnsiColor, Style};

use crate::api::{OffHoursUpload, Severity};
use crate::cli::output::{aligned, header, plain, styled};
use crate::detect::short_principal;

/// A row for each finding, ordered by first upload; `wide` adds columns.
pub fn findings(findings: &[OffHoursUpload], wide: bool) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut titles = vec!["POLICY", "REPOSITORY", "TAG", "PRINCIPAL", "LOCAL TIME", "COUNT", "REASON"];
    if wide {
        titles.extend(["ACCOUNT", "REGION", "TEAM", "KIND", "DIGEST", "NAME"]);
    }
    let mut rows = vec![header(&titles)];
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
    // The images of an index are pushed before it, without a tag, but the index is what the user pushed. The columns of kubectl
    // show the same.
    let meant = uploads.iter().find(|upload| upload.tag.is_some()).or(first);
    let text = |text: Option<&str>| plain(text.unwrap_or("-"));
    let severity = status.map_or(Severity::Low, |status| status.severity);
    let reason = status.map(|status| format!("{:?}", status.reason)).unwrap_or_default();
    let who = match &spec.principal.session {
        None if wide => spec.principal.arn.clone(),
        _ => short_principal(&spec.principal, &spec.account),
    };
    let mut row = vec![
        plain(&spec.policy),
        plain(&spec.repository),
        text(meant.and_then(|upload| upload.tag.as_deref())),
        plain(&who),
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

fn color_of(severity: Severity) -> Style {
    let color = match severity {
        Severity::Low => AnsiColor::Cyan,
        Severity::Medium => AnsiColor::Yellow,
        Severity::High => AnsiColor::Red,
        Severity::Critical => AnsiColor::BrightRed,
    };
    Style::new().fg_color(Some(color.into()))
}
