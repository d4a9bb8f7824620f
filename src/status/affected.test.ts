import * as fc from "fast-check";
import { expect, test } from "vitest";
import { maintained } from "../../test/kit/maintenance-snapshots.ts";
import { hostile } from "../../test/kit/hostile.ts";
import {
  calm,
  coprOutage,
  everySnapshot,
  full,
  impact,
  incident,
  noon,
  outage,
  snapshot,
  unknown,
  update,
} from "../../test/kit/snapshots.ts";
import type { Coverage } from "../alerts/alert.ts";
import type { ComponentId } from "../config/names.ts";
import { brand } from "../lib/ids.ts";
import { hour } from "../lib/clock.ts";
import { affectedBy, questionIn, type Affected, type JobRecord, type Question } from "./affected.ts";
import { affectedJson } from "./affected-json.ts";
import { renderAffected } from "./page/affected.ts";
import type { PublicSnapshot } from "./snapshot.ts";

const runsOn = new Map([
  ["copr_build", [brand<ComponentId>("copr")]],
  ["testing_farm", [brand<ComponentId>("tests")]],
]);
const record = (coverage: Readonly<Record<number, readonly Partial<Coverage>[]>> = {}): JobRecord => ({
  runsOn,
  coverage: new Map(
    Object.entries(coverage).map(([number, all]) => [
      Number(number),
      all.map((one) => ({ since: noon - hour, ...one })),
    ]),
  ),
});
const ask = (question: Question, of: PublicSnapshot = outage, known: JobRecord = record()): Affected =>
  affectedBy(question, of, known);
const numbers = ({ incidents }: Affected): readonly number[] => incidents.map(({ of }) => of.number);

const onRawhide = record({ 112: [{ jobTypes: ["copr_build"], targets: ["fedora-rawhide-x86_64"] }] });
const everywhere = record({ 112: [{ jobTypes: ["copr_build"] }] });

test.each<[string, Question, JobRecord, Affected["match"], RegExp]>([
  [
    "its type and target",
    { job: "copr_build", target: "Fedora-Rawhide-x86_64" },
    onRawhide,
    "hit",
    /^copr_build jobs on fedora-rawhide-x86_64 were hit\.$/u,
  ],
  ["its target alone", { target: "fedora-rawhide-x86_64" }, onRawhide, "hit", /fedora-rawhide-x86_64/u],
  [
    "its type alone, where only one target was hit",
    { job: "copr_build" },
    onRawhide,
    "perhaps",
    /on fedora-rawhide-x86_64 were hit/u,
  ],
  ["its type alone, where every target was", { job: "copr_build" }, everywhere, "hit", /on every target/u],
  [
    "a target alone, where one type was hit on every target",
    { target: "f43" },
    everywhere,
    "perhaps",
    /on every target/u,
  ],
  [
    "its type, by the components that it needs",
    { job: "copr_build" },
    record(),
    "hit",
    /^copr_build jobs need Copr builds\. It hit Copr builds \(major outage\)\.$/u,
  ],
  ["its component by name", { job: "copr builds" }, record(), "hit", /^It hit Copr builds \(major outage\)\.$/u],
  [
    "a repository, where nothing is recorded of jobs",
    { repository: "a/b" },
    record(),
    "perhaps",
    /Which jobs and targets, is not recorded/u,
  ],
])("an open outage is told to who asks for %s", (_, question, known, match, because) => {
  const answer = ask(question, outage, known);
  expect([answer.match, answer.incidents[0]?.of.number, answer.incidents[0]?.match]).toEqual([match, 112, match]);
  expect(answer.incidents[0]?.because).toMatch(because);
  expect(answer.headline).toBe(match === "hit" ? "It is most likely us" : "It may be us");
});

test.each<[string, Question, JobRecord]>([
  ["another target", { job: "copr_build", target: "epel-9-x86_64" }, onRawhide],
  ["another type of job", { job: "testing_farm", target: "fedora-rawhide-x86_64" }, onRawhide],
  ["another component", { job: "koji" }, everywhere],
])("an open outage of something else is told as that: %s", (_, question, known) => {
  const answer = ask(question, { ...outage, past: [] }, known);
  expect([answer.match, numbers(answer), answer.others.map(({ of }) => of.number)]).toEqual(["not", [], [112]]);
  expect(answer).toMatchObject({
    headline: "We know of nothing that hit it",
    lead: expect.stringContaining("no proof"),
  });
});

test("what a person said to be hit counts, also where the alerts were of something else", () => {
  const wider = { ...coprOutage, impact: impact({ copr: "major_outage", tests: "partial_outage" }) };
  const answer = ask({ job: "testing_farm" }, snapshot({ open: [wider] }), onRawhide);
  expect(answer.incidents).toMatchObject([
    { match: "hit", because: "testing_farm jobs need Tests. It hit Tests (partial outage)." },
  ]);
});

test("what is over is told as over, and what was withdrawn was no outage", () => {
  expect(ask({ job: "testing_farm" }, calm)).toMatchObject({
    match: "hit",
    headline: "It was most likely us",
    incidents: [{ of: { number: 111 } }],
  });
  expect(numbers(ask({ job: "api" }, calm))).toEqual([]);
});

test("maintenance is an answer too, and a holiday is none", () => {
  const answer = ask({ job: "copr_build" }, maintained);
  expect(answer.match).toBe("hit");
  expect(answer.maintenance.map(({ of, because }) => [of.title, because])).toEqual([
    ["Copr moves to new hardware", "It is planned work on Copr builds."],
    ["Copr moves to new hardware", "It is planned work on Copr builds."],
  ]);
});

test("a component that nobody can look at is named as unknown", () => {
  expect(ask({ job: "testing_farm" }, unknown).notes).toEqual([
    "The state of Tests is unknown just now: nobody can look.",
  ]);
});

const questionOf = (repository: string): Question => questionIn({ repository, target: "", job: "" });

test("the answer for a private repository is that for one that there is not, whatever the alerts saw of it", () => {
  const seen = record({
    112: [{ jobTypes: ["copr_build"], projects: ["acme/secret"] }],
    111: [{ projects: ["acme/secret"] }],
  });
  const told = (repository: string): string => {
    const answer = ask(questionOf(repository), outage, seen);
    return JSON.stringify([affectedJson(answer, outage), renderAffected(answer, outage)]).replaceAll(repository, "R");
  };
  expect(told("acme/secret")).toBe(told("acme/nosuch"));
  expect(told("acme/secret")).not.toContain("secret");
  expect(told("acme/secret")).toContain("of which, is not said in public");
});

test("a repository that a notice names is hit, and one with a longer name is not", () => {
  const named = snapshot({
    open: [incident(7, { updates: [update(noon, "identified", "Only https://github.com/Packit/Hello is hit.")] })],
  });
  for (const name of [
    "packit/hello",
    "https://github.com/packit/hello.git",
    "git@github.com:packit/hello",
    "PACKIT/HELLO/",
  ])
    expect(ask(questionOf(name), named).incidents, name).toMatchObject([
      { match: "hit", because: "What was published of it names packit/hello." },
    ]);
  for (const name of ["packit/hell", "packit/hello-world", "kit/hello", "hit", "hello"])
    expect(ask(questionOf(name), named).match, name).toBe("perhaps");
});

test("a single job that a notice does not name is said to be unknown, and what may have been meant", () => {
  expect(ask({ job: "4711" }).notes).toEqual([
    "Single jobs and builds are not kept here, so 4711 could not be looked up by itself. Types of jobs that it knows: copr_build and testing_farm.",
  ]);
  expect(ask({ job: "cpor_build" }).notes).toEqual([expect.stringContaining("Did you mean copr_build?")]);
  const named = snapshot({ open: [incident(7, { updates: [update(noon, "identified", "Build 8123456 hangs.")] })] });
  expect(ask({ job: "8123456" }, named).incidents).toMatchObject([{ match: "hit" }]);
});

test("no question and no record breaks the answer, and nothing that was asked is more than text in it", () => {
  const word = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom(hostile, "*", "__proto__", "constructor", "", "'; drop table", "%00", "c0"),
  );
  fc.assert(
    fc.property(
      word,
      word,
      word,
      fc.constantFrom(...Object.values(everySnapshot), full),
      (repository, target, job, of) => {
        const answer = ask(questionIn({ repository, target, job }), of, onRawhide);
        // The scripts of ours are named by their hashes; no other runs.
        const page = renderAffected(answer, of).replaceAll(/<script>[^<]*<\/script>/gu, "");
        expect(page).not.toMatch(/<(script|img|iframe|svg onload)|<[^>"]* on\w+=/iu);
        JSON.parse(JSON.stringify(affectedJson(answer, of)));
      },
    ),
    { numRuns: 60 },
  );
});
