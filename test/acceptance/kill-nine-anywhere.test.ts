// kill -9 between any two steps that must not be torn: nothing is lost, at most one line per connection and crash is repeated, and says so.
import { describe, expect, test } from "vitest";
import { faultNames } from "../../src/lib/fault.ts";
import { expected, tellWithCrash, type Told } from "../kit/crash-story.ts";
import { ngircd } from "../peers/ngircd.ts";
import { skipped } from "../peers/install.ts";
import { postgresMissing } from "../peers/postgres.ts";
import type { Kind } from "../kit/outage-desk.ts";

/** The first time, and once in the midst of the story. `looked.committed` and `answer.kept` have stories of their own. */
const turns: Readonly<Record<string, readonly number[]>> = {
  "inbox.appended": [1, 2],
  "intake.committed": [1, 2],
  "command.committed": [1, 2, 3, 4, 5],
  "delivery.claimed": [1, 2, 3, 5, 8, 11],
  "channel.written": [1, 2, 3, 4, 5, 6, 7, 8, 9],
  "delivery.unsettled": [1, 2, 4, 7, 11],
  "site.file-written": [1, 3, 6],
  "site.before-state": [1, 2],
  "site.after-state": [1, 2],
};

const marked = /\(possibly repeated\)$/u;

/** Every line in its order; a line that was heard before, or may have been, is marked. */
function judge(heard: readonly string[], wanted: readonly RegExp[], crashes: number): void {
  const first = wanted.map((pattern) => heard.findIndex((line) => pattern.test(line)));
  expect(first, `each line is heard, in order:\n${heard.join("\n")}`).toEqual([...first].sort((a, b) => a - b));
  expect(
    first.every((place) => place >= 0),
    `nothing is lost:\n${heard.join("\n")}`,
  ).toBe(true);
  const again = heard.filter((line, place) => wanted.some((pattern, i) => pattern.test(line) && first[i] !== place));
  expect(again.length, `at most one line is repeated:\n${heard.join("\n")}`).toBeLessThanOrEqual(crashes);
  expect(
    again.every((line) => marked.test(line)),
    `a repeated line says so:\n${heard.join("\n")}`,
  ).toBe(true);
  expect(heard.filter((line) => wanted.every((pattern) => !pattern.test(line)))).toEqual([]);
}

function judgeAll(told: Told): void {
  judge(told.team, expected.team, told.crashes);
  judge(told.users, expected.users, told.crashes);
  const repeated = [...told.team, ...told.users].filter((line) => marked.test(line));
  expect(repeated.length, "both channels share one connection").toBeLessThanOrEqual(told.crashes);
  expect(told.mirrored).toBe(told.live);
  expect(told.waiting).toBe("[]");
}

const missing = skipped(ngircd, "acceptance: kill -9 anywhere");

describe.skipIf(missing).each<Kind>(["sqlite", "postgres"])("on %s", (database) => {
  const points = Object.entries(turns).flatMap(([name, list]) => list.map((turn) => `${name}:${turn}`));
  test.skipIf(database === "postgres" && postgresMissing !== undefined).concurrent.each(points)(
    "killed at %s, it tells everything all the same",
    { timeout: 90_000 },
    async (point) => {
      const told = await tellWithCrash(database, point);
      expect(told.crashes, "it was killed there").toBe(1);
      judgeAll(told);
    },
  );
});

test("every kill point is in the matrix", () => {
  const elsewhere = [
    "looked.committed",
    "imported.committed",
    "answer.kept",
    "issue.created",
    "issue.commented",
    // Of subscribers-are-told.test.ts.
    "letter.claimed",
    "letter.settled",
    "fan-out.begun",
    "fan-out.sent",
    "backup.copied",
    "restore.copied",
    "restore.kept",
    "restore.swapped",
  ];
  expect([...Object.keys(turns), ...elsewhere].sort()).toEqual([...faultNames].sort());
});
