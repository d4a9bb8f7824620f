// The plain webhook: anybody who can POST JSON can raise an alert.
import { z } from "zod";
import { admission, askForSecret, webhookKeys } from "../alerts/authentication.ts";
import { defineSource } from "../alerts/source.ts";
import { idOf } from "../config/fields.ts";
import type { ComponentId } from "../config/names.ts";
import { valuesAt } from "../lib/json-path.ts";
import { failed, ok } from "../lib/result.ts";
import { readPlain, type PlainForm } from "./generic-body.ts";
import { FieldMap, WordMap } from "./generic-map.ts";

const Config = z
  .strictObject({
    ...webhookKeys,
    component: idOf<ComponentId>().optional().describe("The component of alerts that name none."),
    map: FieldMap.optional().describe("Where the fields are in JSON of another shape. Else they stand at the top, by these very names."), // prettier-ignore
    values: WordMap.optional().describe("What their words mean in ours."),
  })
  .superRefine(askForSecret)
  .superRefine(({ map, values }, check) => {
    if (map !== undefined || values === undefined) return;
    check.addIssue({ code: "custom", path: ["values"], message: "needs a map that says where these words stand" });
  });
type Config = z.output<typeof Config>;

function namesIn({ component, values }: Config): readonly { readonly component: string; readonly path: string[] }[] {
  const theirs = Object.entries(values?.component ?? {});
  return [
    ...(component === undefined ? [] : [{ component, path: ["component"] }]),
    ...theirs.map(([name, ours]) => ({ component: ours, path: ["values", "component", name] })),
  ];
}

const most = 1_000;

type Listed = {
  readonly alerts: readonly unknown[];
  /** Of those that were not looked at any more, too. */
  readonly count: number;
  /** How a place within one is named: `$[1].status: …`, `$.items[*] (2): $.state: …`. */
  readonly place: (text: string, i: number) => string;
};

function listed(raw: unknown, path: string | undefined): Listed {
  if (path !== undefined) {
    const alerts = valuesAt(path, raw, most + 1);
    return { alerts, count: alerts.length, place: (text, i) => `${path} (${i + 1}): ${text}` };
  }
  if (!Array.isArray(raw)) return { alerts: [raw], count: 1, place: (text) => text };
  const alerts: readonly unknown[] = raw;
  return { alerts, count: alerts.length, place: (text, i) => text.replace("$", `$[${i}]`) };
}

export const generic = defineSource<typeof Config, never>(Config, namesIn, ({ id, config }, { components, clock }) => {
  const { component, map, values: words = {} } = config;
  const form: PlainForm = { source: id, components, component, map, words };
  return {
    kind: "webhook",
    reach: async () => ok(`waits at POST /hooks/${id}; its secret is set`),
    ...admission(config, clock),
    parse: (raw, now) => {
      const { alerts: many, count, place } = listed(raw, map?.alerts);
      if (count === 0 || count > most)
        return failed([`${map?.alerts ?? "$"}: between 1 and 1,000 alerts in one request, not ${count}`]);
      const read = many.map((each) => readPlain(each, form, now));
      const problems = read.flatMap((one, i) => (one.ok ? [] : one.error.map((text) => place(text, i))));
      if (problems.length > 0) return failed(problems.slice(0, 50));
      const plain = read.flatMap((one) => (one.ok ? [one.value] : []));
      const warnings = plain.flatMap((one, i) => one.warnings.map((text) => place(text, i)));
      return ok({ alerts: plain.map(({ alert }) => alert), warnings });
    },
  };
});
