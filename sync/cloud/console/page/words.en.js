// English.

export const en = {
  "title": "Gymbox fleet", "skip": "Skip to the content", "theme": "Dark or light", "logout": "Log out", "never": "never",
  "more": "Show more", "save": "Save", "edit": "Edit", "cancel": "Cancel", "close": "Close", "done": "Done",
  "unreachable": "The service does not answer. What is shown may be old; this page keeps trying.",

  "nav.boxes": "Boxes", "nav.alerts": "Alerts", "nav.rollouts": "Rollouts", "nav.enrolments": "Enrolments", "nav.audit": "Audit", "nav.people": "Operators",
  "role.viewer": "Viewer", "role.operator": "Operator", "role.release-manager": "Release manager", "role.admin": "Admin",
  "state.online": "online", "state.late": "late", "state.offline": "offline", "state.never": "never seen", "state.revoked": "revoked", "state.unknown": "unknown",
  "health.ok": "well", "health.degraded": "degraded", "health.failed": "failed", "health.unknown": "not known",
  "severity.warning": "warning", "severity.critical": "critical", "resolved.ok": "resolved",

  "login.title": "Log in", "login.name": "Name", "login.password": "Password", "login.button": "Log in",
  "setup.title": "Choose your password", "setup.note": "This link works once.", "setup.button": "Save password", "setup.done": "{name} can log in now.",
  "password.new": "New password", "password.again": "Again", "password.rule": "12 characters or more.", "password.differ": "The two are not the same.",
  "password.old": "Old password", "password.change": "Change password", "password.changed": "The password is changed. Log in again.",

  "boxes.states": "How many boxes are in each state", "boxes.search": "Search by id, gym, tag or version", "boxes.alerts": "only with alerts",
  "boxes.none": "No box is like that. Change the search.", "boxes.first": "There is no box yet. Make a claim, and type it in at the box.",
  "boxes.box": "Box", "boxes.gym": "Gym", "boxes.state": "State", "boxes.health": "Health", "boxes.software": "Software", "boxes.tags": "Tags", "boxes.seen": "Last seen",
  "boxes.open": "Open alerts: {n}",
  "claim.new": "New box", "claim.note": "Makes a claim that is typed in at the box, once.", "claim.box": "Id of the box", "claim.gym": "Id of the gym", "claim.tenant": "Tenant",
  "claim.approval": "wait for an approval when the box comes", "claim.make": "Make claim", "claim.made": "The claim", "claim.once": "Shown this once. It is good for 30 days.",

  "box.parts": "Health", "box.figures": "Figures and versions", "box.identity": "Identity", "box.jobs": "Jobs", "box.config": "Configuration", "box.twin": "Twin",
  "box.silent": "The box has not said how it is.", "box.clock": "Clock is off by", "box.disk": "Disk free", "box.outbox": "Waiting to be sent", "box.records": "{n} records",
  "box.oldest": "The oldest waits for", "box.since": "Known since", "box.untagged": "No tags.", "box.tags.label": "Tags, with spaces between", "box.tags.note": "Words such as spa or ring=early.",
  "box.token": "No certificate: the box shows a token.", "box.version": "Version {n}", "box.type": "Type {id} to go on",
  "box.revoke": "Revoke", "box.revoke.note": "Its certificate and token are good for nothing from now on. What it has sent stays. It can come again with a new claim.",
  "box.decommission": "Decommission", "box.decommission.note": "The box is sent away for good; its id is never given again. What it has sent stays.",
  "certificate.serial": "Serial", "certificate.until": "Ends", "certificate.standing": "Standing", "certificate.revoked": "revoked", "certificate.superseded": "superseded",
  "certificate.used": "in use", "certificate.unused": "not used yet",

  "config.bundle": "Bundle", "config.desired": "Desired", "config.reported": "Reported", "config.none": "Nothing was set from here.", "config.edit": "Set values",
  "config.values": "Values of this box, as JSON", "config.broken": "This is no JSON",
  "config.note": "As in gymbox.toml, with stations, cameras and devices as objects by id; null takes a value away. The box goes back by itself if it does not reach the service with the new values.",

  "job.new": "New job", "job.kind": "What", "job.state": "State", "job.at": "Asked", "job.by": "By", "job.send": "Ask the box", "job.sent": "The box hears of it with its next look.",
  "job.none": "The box was asked for nothing.", "job.cancel": "Take back", "job.canceled": "Taken back.", "job.download": "Download diagnostics",
  "job.kind.restart_part": "Restart a part", "job.kind.collect_diagnostics": "Collect diagnostics", "job.kind.reprobe_cameras": "Look at the cameras again", "job.kind.pull_model": "Pull a model",
  "job.kind.update": "Update the software", "job.kind.factory_reset": "Factory reset",
  "job.note.restart_part": "box restarts the whole process; sessions go on afterwards.", "job.note.collect_diagnostics": "No pictures, no members' data, no secrets. Kept here for 30 days.",
  "job.note.reprobe_cameras": "Opens every camera anew.", "job.note.pull_model": "From the box's own catalogue.", "job.note.factory_reset": "Erases everything on the box: members, plans, keys. It cannot be undone.",
  "job.field.part": "Part", "job.field.model": "Model", "job.field.confirm": "Type {id}",

  "alerts.none": "Nothing is wrong.", "alerts.past": "Resolved", "alerts.severity": "Severity", "alerts.what": "What", "alerts.box": "Box", "alerts.opened": "Since", "alerts.last": "Last seen",
  "alerts.count": "Times", "alerts.known": "Known to", "alerts.acknowledge": "Acknowledge", "alerts.acknowledged": "Acknowledged.",

  "audit.none": "No such line.", "audit.actor": "Who", "audit.action": "What", "audit.subject": "To what", "audit.at": "When", "audit.detail": "Detail", "audit.export": "Export",

  "enrolments.none": "No box waits.", "enrolments.note": "Let a box in only if it shows the same fingerprint.", "enrolments.box": "Box", "enrolments.gym": "Gym", "enrolments.fingerprint": "Fingerprint of its key",
  "enrolments.asked": "Asked", "enrolments.decide": "Decide", "enrolments.approve": "Approve", "enrolments.reject": "Reject", "enrolments.approved": "{id} is let in with its next request.", "enrolments.rejectd": "{id} is not let in.",
  "tenants.title": "Tenants", "tenants.name": "Tenant", "tenants.boxes": "Boxes", "tenants.state": "State", "tenants.do": "Do", "tenants.ok": "let in", "tenants.disabled": "kept outside",
  "tenants.disable": "Disable", "tenants.enable": "Enable", "tenants.enabled": "{id} is let in again.", "tenants.note": "The {n} boxes of {id} are not answered any more, until you enable it. Gyms go on working.",

  "kind.models": "Model", "kind.software": "Software", "kind.config": "Configuration",
  "rollouts.none": "Nothing was rolled out yet.", "rollouts.new": "New rollout", "rollouts.start": "Begin", "rollouts.kind": "What", "rollouts.subject": "Name", "rollouts.subject.note": "The model, the bundle, or gymbox.",
  "rollouts.version": "Version", "rollouts.version.note": "Empty: the newest.", "rollouts.groups": "Groups", "rollouts.failures": "Boxes that went back", "rollouts.about": "About", "rollouts.champion": "Before it",
  "rollouts.by": "Begun by", "rollouts.begun": "Begun", "rollouts.changed": "Changed", "rollouts.whose": "Whose boxes", "rollouts.everybody": "all tenants'", "rollouts.box": "Box", "rollouts.group": "Group", "rollouts.reason": "Reason",
  "rollouts.boxes": "{n} boxes", "rollouts.succeeded": "succeeded", "rollouts.failed": "failed", "rollouts.open": "under way", "rollouts.silent": "silent", "rollouts.waits": "waits for its turn",
  "rollouts.need": "needs {share} to succeed", "rollouts.bear": "halts above {share} failures", "rollouts.soak": "soaks {time}", "rollouts.beside": "runs beside what works", "rollouts.gate": "waits for an approval",
  "rollouts.status.running": "running", "rollouts.status.waiting_for_approval": "waits for approval", "rollouts.status.paused": "paused", "rollouts.status.halted": "halted", "rollouts.status.aborted": "aborted", "rollouts.status.finished": "finished",
  "rollouts.pause": "Pause", "rollouts.pause.done": "Paused.", "rollouts.resume": "Resume", "rollouts.resume.done": "It goes on.", "rollouts.approve": "Approve", "rollouts.approve.done": "Approved.",
  "software.title": "Releases of the software", "software.version": "Version", "software.purpose": "Purpose", "software.signed": "Signed", "software.state": "State", "software.feature": "features", "software.security": "security",
  "software.free": "can be rolled out", "software.withdrawn": "Withdrawn", "software.withdraw": "Withdraw",
  "software.note": "Rollouts of {version} halt, their boxes go back, and it is never rolled out again. Who has the key withdraws its signature too: gymbox cloud release withdraw.",
  "rollouts.abort": "Abort", "rollouts.abort.note": "Every box that was given the release goes back to the version before.",

  "people.accounts": "Operators", "people.tokens": "Tokens of programs", "people.notokens": "No tokens.", "people.add": "New operator", "people.token": "New token", "people.make": "Make",
  "people.name": "Name", "people.role": "Role", "people.tenant": "Tenant", "people.tenant.note": "Empty: all tenants.", "people.all": "all tenants", "people.since": "Since", "people.do": "Do", "people.until": "Ends", "people.note": "What it is for", "people.days": "Days",
  "people.waits": "no password yet", "people.role.of": "Role of {name}", "people.changed": "Changed.", "people.reset": "New password", "people.reset.note": "The password of {name} is taken away, and every session ends.",
  "people.remove": "Remove", "people.remove.note": "{name} is logged out at once.", "people.revoke": "Revoke", "people.revoked": "Revoked", "people.once": "Shown this once.",
  "people.link": "Link to choose a password", "people.link.note": "Give it to {name}. It works once, within a day.",
};
