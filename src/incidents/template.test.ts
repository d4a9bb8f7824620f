import { describe, expect, test } from "vitest";
import type { AlertKind } from "../alerts/alert.ts";
import type { Component } from "../components/component.ts";
import type { TemplateId } from "../config/names.ts";
import { brand } from "../lib/ids.ts";
import { alert, api, copr, impactOn } from "../../test/kit/incidents.ts";
import { draftFrom } from "./draft.ts";
import { bestTemplate, noticeOf, type Template } from "./template.ts";

function template(id: string, more: Partial<Template> = {}): Template {
  return { id: brand<TemplateId>(id), impact: {}, notice: { title: id }, ...more };
}

const builds: Component = {
  id: copr,
  name: "Copr builds",
  upstream: { name: "Copr", url: "https://copr.example" },
  notice: { affected: "everybody", retrigger: "no", alternatives: ["none known"] },
};

describe("of the templates that fit an alert", () => {
  const [byName, byKind, byComponent, byBoth] = [
    template("by-name"),
    template("by-kind", { kind: "stuck" }),
    template("by-component", { component: copr }),
    template("by-both", { component: copr, kind: "stuck" }),
  ];
  const all = [byName, byKind, byComponent, byBoth, template("too-late", { component: copr, kind: "stuck" })];

  test.each<readonly [string, AlertKind, string | undefined]>([
    ["copr", "stuck", "by-both"],
    ["copr", "failing", "by-component"],
    ["api", "stuck", "by-kind"],
    ["api", "failing", undefined],
    ["", "stuck", "by-kind"],
  ])("the one for component and kind goes before component, before kind: %s, %s", (component, kind, id) => {
    expect(bestTemplate(all, component === "" ? undefined : component === "copr" ? copr : api, kind)?.id).toBe(id);
  });
});

describe("a draft from an alert", () => {
  const wordy = template("wordy", {
    component: copr,
    impact: impactOn({ copr: "degraded_performance", api: "partial_outage" }),
    notice: { title: "{component} fail", scope: "{upstream} is in trouble; {unknown} stays.", affected: "builders" },
  });

  test("takes the template's words, then the component's, and of both impacts the worse", () => {
    expect(draftFrom(alert(), builds, [wordy])).toEqual({
      impact: { copr: "major_outage", api: "partial_outage" },
      notice: {
        title: "Copr builds fail",
        scope: "Copr is in trouble; {unknown} stays.",
        affected: "builders",
        retrigger: "no",
        alternatives: ["none known"],
        eta: "unknown",
        links: [{ url: "https://copr.example", title: "Copr" }],
      },
    });
  });

  test("of a blind monitor says of no component that it is hit", () => {
    expect(draftFrom(alert({ kind: "blind" }), builds, [wordy]).impact).toEqual({});
  });

  test("is what it was where no template fits", () => {
    const other = { ...builds, id: api };
    expect(draftFrom(alert({ component: api }), other, [wordy])).toEqual(draftFrom(alert({ component: api }), other));
  });
});

test("a name with a placeholder in it is not filled in again, and a title stays one line of 200 characters", () => {
  const odd: Component = { ...builds, name: "a\n{upstream}".repeat(100) };
  const { title = "" } = noticeOf(template("t", { notice: { title: "{component}" } }), odd);
  expect(title).toMatch(/^a \{upstream\}a \{upstream\}.*…$/u);
  expect([...title]).toHaveLength(200);
});
