// JSON of another shape, read by a map: what is found, what is missing, and that an alert is not lost for what is odd in it.
import { describe, expect, test } from "vitest";
import { errorsOf, smallest } from "../../test/kit/config.ts";
import type { WebhookSource } from "../alerts/source.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { heldClock } from "../lib/held-clock.ts";
import { brand } from "../lib/ids.ts";
import { silentLog } from "../lib/log.ts";
import { generic } from "./generic.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const map = { fingerprint: "$.id", status: "$.state", summary: "$.title" };

function hook(config: object): WebhookSource {
  const components = ["copr", "api"].map((id) => ({ id: brand<ComponentId>(id), name: id }));
  const entry = {
    id: brand<SourceId>("hook"),
    config: generic.config.parse({ token: "hook-token-hook-token", ...config }),
  };
  const source = generic.make(entry, { clock: heldClock(now), log: silentLog, components });
  if (source.kind !== "webhook") throw new Error("a webhook");
  return source;
}

const parse = (config: object, body: unknown) => hook(config).parse(body, now, {});

function taken(config: object, body: unknown) {
  const parsed = parse(config, body);
  if (!parsed.ok) throw new Error(parsed.error.join("\n"));
  return parsed.value;
}

function refused(config: object, body: unknown): readonly string[] {
  const parsed = parse(config, body);
  return parsed.ok ? [] : parsed.error;
}

describe("a map", () => {
  const whole = {
    map: { ...map, alerts: "$.items[*]", component: "$.service", severity: "$.level", starts_at: "$.since", ends_at: "$.until", link: "$.url", labels: { host: "$.tags[?@.k == 'host'].v" } }, // prettier-ignore
    values: {
      status: { open: "firing", "1": "firing", closed: "resolved", false: "resolved" },
      severity: { P1: "critical" },
      component: { "Copr Backend": "copr" },
    },
  };

  test("finds every field, and turns their words into ours", () => {
    const items = [
      { id: 7, state: "open", title: "Copr is slow", service: "Copr Backend", level: "P1", since: "2026-11-22T11:00:00Z", until: "0001-01-01T00:00:00Z", url: "https://x.test/7", tags: [{ k: "host", v: "b1" }] }, // prettier-ignore
      { id: "8", state: 1, title: "API is slow", service: "api", level: "", since: 1_795_345_200, until: null },
      { id: "9", state: false, title: "API was slow", service: "api", since: "1795345200.5", until: 1_795_348_800_000 },
    ];
    expect(taken(whole, { items })).toMatchObject({
      warnings: [],
      alerts: [
        { key: "hook/7", status: "firing", severity: "critical", component: "copr", startsAt: now - 3_600_000, link: "https://x.test/7", labels: { host: "b1" } }, // prettier-ignore
        {
          key: "hook/8",
          status: "firing",
          severity: "warning",
          component: "api",
          startsAt: now - 3_600_000,
          labels: {},
        },
        { key: "hook/9", status: "resolved", startsAt: now - 3_600_000 + 500, endsAt: now },
      ],
    });
  });

  test("may take all labels that stand in one object", () => {
    const found = taken({ map: { ...map, labels: "$.tags" } }, { id: "a", state: "firing", title: "t", tags: { a: 1, b: null, c: { d: 1 }, e: "x" } }); // prettier-ignore
    expect(found.alerts[0]?.labels).toEqual({ a: "1", e: "x" });
  });

  test("reads each alert of a list that is the body itself", () => {
    const found = taken({ map }, [{ id: "a", state: "firing", title: "t" }, { id: "b", state: "resolved", title: "t" }]); // prettier-ignore
    expect(found.alerts.map(({ key }) => key)).toEqual(["hook/a", "hook/b"]);
  });

  test.each<readonly [string, object, readonly string[]]>([
    ["an identity", { state: "firing", title: "t" }, ["$.id: nothing is there"]],
    ["a status", { id: "a", title: "t", state: null }, ["$.state: nothing is there; values.status says what it is"]],
    ["a known status", { id: "a", title: "t", state: "acked" }, ['$.state: "acked" is neither firing nor resolved; values.status says what it is']], // prettier-ignore
    ["a status of their own", { id: "a", title: "t", state: "constructor" }, ['$.state: "constructor" is neither firing nor resolved; values.status says what it is']], // prettier-ignore
    ["a sentence", { id: "a", state: "firing", title: "" }, ["$.title: nothing is there"]],
    ["an identity that is one", { id: 2 ** 60, state: "firing", title: "t" }, ["$.id: so large a number cannot be told from its neighbours; it must come as text"]], // prettier-ignore
    ["an identity that is text", { id: { a: 1 }, state: "firing", title: "t" }, ["$.id: Invalid input: expected string, received object"]], // prettier-ignore
  ])("refuses a body without %s, and names the place", (_, body, problems) => {
    expect(refused({ map }, body)).toEqual(problems);
  });

  test("names the one of a list", () => {
    const items = [{ id: "a", state: "open", title: "t" }, { id: "b" }];
    expect(refused(whole, { items })).toEqual([
      "$.items[*] (2): $.state: nothing is there; values.status says what it is",
      "$.items[*] (2): $.title: nothing is there",
    ]);
    expect(refused(whole, { items: [] })).toEqual(["$.items[*]: between 1 and 1,000 alerts in one request, not 0"]);
    expect(refused(whole, { items: Array.from({ length: 5_000 }) })).toEqual([
      "$.items[*]: between 1 and 1,000 alerts in one request, not 1001",
    ]);
  });

  test("does not lose an alert for what is odd in a field that it can do without", () => {
    const config = {
      map: { ...map, component: "$.service", severity: "$.level", starts_at: "$.since", link: "$.url" },
    };
    const body = { id: "a", state: "firing", title: "t", level: "P7", since: "yesterday", url: "javascript:1" };
    const { alerts, warnings } = taken(config, body);
    expect(alerts).toMatchObject([{ key: "hook/a", severity: "warning", startsAt: now }]);
    expect(alerts[0]?.link).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(/^\$\.level: .*; the alert was taken without it$/u),
      "$.since: a time is written 2026-11-22T10:42:00Z; the alert was taken without it",
      "$.url: a link begins with https:// or http://; the alert was taken without it",
      "$.service: nothing is there; the alert was taken without a component",
    ]);
    const misspelt = taken(config, { ...body, service: "coprr" });
    expect(misspelt.warnings.at(-1)).toMatch(/^\$\.service: there is no component "coprr"; did you mean "copr"\?/u);
  });
});

describe("in a config", () => {
  const written = (keys: string): string =>
    `${smallest}sources: [ { id: hook, type: generic, token: hook-token-hook-token, ${keys} } ]\n`;
  const needed = "fingerprint: $.id, status: $.state, summary: $.title";

  test.each([
    ["map: { fingerprint: $.id, status: $.state }", /hook\.map\.summary: missing: Where the sentence for people is/u],
    [`map: { ${needed}, sumary: $.x }`, /hook\.map\.sumary: unknown key; did you mean "summary"\?/u],
    [`map: { ${needed}, link: url }`, /hook\.map\.link: "url" is no JSON path/u],
    [`map: { ${needed}, labels: { a: "$..b" } }`, /hook\.map\.labels\.a: .*searches everywhere/u],
    [`map: { ${needed}, alerts: "$[?match(@.a, 'x')]" }`, /hook\.map\.alerts: .*match/u],
    [`map: { ${needed} }, values: { status: { open: firng } }`, /hook\.values\.status\.open: must be one of "firing", "resolved"; did you mean "firing"\?/u], // prettier-ignore
    [`map: { ${needed} }, values: { component: { backend: cpr } }`, /hook\.values\.component\.backend: there is no component "cpr"/u], // prettier-ignore
    ["values: { status: { open: firing } }", /hook\.values: needs a map that says where these words stand/u],
  ])("%s is refused, with what is wrong", (keys, reason) => {
    expect(errorsOf(written(keys)).join("\n")).toMatch(reason);
  });
});
