//! `kubectl explain`.

use crate::cluster::cluster;

#[tokio::test]
async fn kubectl_explains_every_resource_by_its_short_name() {
    let kubectl = cluster().await.kubectl();
    for (path, words) in [
        ("eup", "which image pushes to Amazon ECR are judged"),
        ("eup.spec", "The pushes that this policy judges"),
        ("eup.spec.businessHours", "`start` is inclusive, `end` is exclusive"),
        ("eup.spec.businessHours.end", "from 00:00 to 24:00"),
        ("eup.spec.teams", "What it leaves out is inherited from the policy"),
        ("eup.spec.teams.match", "Which pushes belong to this team"),
        ("eup.spec.teams.holidays", "instead of those of the policy"),
        ("eup.spec.holidays", "cancels the windows that start on that local date"),
        ("eup.spec.holidays.calendars", "the label offhours.dev/calendar=true"),
        ("eup.spec.allow", "The first rule that matches a push applies"),
        ("eup.spec.allow.sessions", "Must be used together with `principals`"),
        ("eup.spec.allow.sourceIPs", "a `docker push` shows `AWS Internal`"),
        ("eup.spec.serviceRoles", "pull-through cache"),
        ("eup.status.allowRules", "A rule that allows nothing can be removed"),
        ("eup.status.calendarData", "timeZoneDatabase"),
        ("eup.spec.lookback", "Defaults to 24h."),
        ("eup.spec.suspend", "the policy also judges pushes made while it was suspended"),
        ("eup.status.conditions", "FindingsComplete"),
        ("eup.status.coveredThrough", "where the oldest hole begins"),
        ("cts.status.completeThrough", "the oldest `completeThrough` of these streams"),
        ("eup.status.sources.through", "joined to the head"),
        ("cts", "where CloudTrail records are read"),
        ("cts.spec.lookupEvents.pollInterval", "from 1s to 1h"),
        ("cts.spec.lookupEvents.sweeps", "one LookupEvents request for every 50 PutImage records"),
        ("cts.status.conditions", "UpToDate"),
        ("cts.status.gaps", "can no longer be read"),
        ("cts.status.streams.removedAt", "kept for 90 days"),
        ("ohu", "one finding"),
        ("ohu.spec.triage", "To cover these too, change the triage"),
        ("ohu.spec.triage.state", "Acknowledged: somebody is working on it"),
        ("ohu.status.kinds", "The distinct kinds of the uploads"),
        ("ohu.status.untriaged", "all of them while its state is New"),
        ("ohu.status.triage.setBy", "The cluster records the client there, not the user"),
        ("ohu.status.summary", "Short forms for tables"),
        ("ohu.status.uploads", "eventID"),
    ] {
        let text = kubectl.run(&["explain", path]).expect_success();
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(line.contains(words), "{path}: {text}");
        assert!(!text.contains("<empty>"), "{path}: {text}");
    }
}
