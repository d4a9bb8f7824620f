// Named kill points. Dead code unless a test asks: TOCSIN_TEST=1 and TOCSIN_FAULT=NAME or NAME:3 (the third time).

const asked = process.env["TOCSIN_TEST"] === "1" ? process.env["TOCSIN_FAULT"] : undefined;
const [askedName, askedTurn] = (asked ?? "").split(":");
let turnsLeft = Number(askedTurn ?? "1");

/** The moments at which the crash matrix kills the program; each stands between two steps that must not be torn. */
export const faultNames = [
  "inbox.appended",
  "intake.committed",
  "looked.committed",
  "command.committed",
  "imported.committed",
  "answer.kept",
  "delivery.claimed",
  "channel.written",
  "delivery.unsettled",
  "issue.created",
  "issue.commented",
  "letter.claimed",
  "letter.settled",
  "fan-out.begun",
  "fan-out.sent",
  "site.file-written",
  "site.before-state",
  "site.after-state",
  "backup.copied",
  "restore.copied",
  "restore.kept",
  "restore.swapped",
] as const;

export type FaultName = (typeof faultNames)[number];

/** Kills this process as `kill -9` would, when the test asked for just this point. */
export function fault(name: FaultName): void {
  if (name !== askedName) return;
  turnsLeft -= 1;
  if (turnsLeft === 0) process.kill(process.pid, "SIGKILL");
}
