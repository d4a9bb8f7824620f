// Which component an alert is about, by what its sender wrote. Pure.
import { z } from "zod";
import { idOf } from "../config/fields.ts";
import type { ComponentId } from "../config/names.ts";
import { suggest } from "../lib/nearest.ts";
import { oneLine } from "../lib/text.ts";

/** The config of it: the id of one component for all, or where to read it. */
export function componentChoice(form: RegExp, example: string) {
  return z.union([
    idOf<ComponentId>().transform((id): ComponentChoice => ({ default: id })),
    longChoice(form, example),
  ]);
}

/** `form` is what may be asked for, `example` how that is written. */
function longChoice(form: RegExp, example: string) {
  return z
    .strictObject({
      from: z
        .string()
        .regex(form, `is written as ${example}`)
        .optional()
        .describe(`Where the sender writes the component, such as ${example}.`),
      map: z
        .record(z.string(), idOf<ComponentId>())
        .optional()
        .describe("What the sender calls a component, and its id here. A name that is an id needs no entry."),
      default: idOf<ComponentId>()
        .optional()
        .describe("The component of alerts that name none, or one that is unknown."),
    })
    .refine(({ from, default: usual }) => from !== undefined || usual !== undefined, "write from, default or both")
    .refine(({ from, map }) => from !== undefined || map === undefined, "a map needs from: what it is that is mapped");
}

export type ComponentChoice = z.output<ReturnType<typeof longChoice>>;

/** The ids that it names, each with its path below the key `component`. */
export function componentsNamed(
  choice: ComponentChoice | undefined,
): readonly { readonly component: ComponentId; readonly path: readonly string[] }[] {
  if (choice === undefined) return [];
  const mapped = Object.entries(choice.map ?? {});
  return [
    ...(choice.default === undefined ? [] : [{ component: choice.default, path: ["component", "default"] }]),
    ...mapped.map(([name, component]) => ({ component, path: ["component", "map", name] })),
  ];
}

export type Chosen = { readonly component?: ComponentId; readonly warning?: string };

/** A misspelt name must not lose an outage: the alert is taken all the same, and the sender is told. */
export function chooseComponent(
  choice: ComponentChoice | undefined,
  read: (path: string) => string | undefined,
  known: readonly { readonly id: ComponentId }[],
): Chosen {
  const usual = choice?.default === undefined ? {} : { component: choice.default };
  const said = choice?.from === undefined ? undefined : read(choice.from);
  if (choice?.from === undefined || said === undefined || said === "") return usual;
  const mapped = Object.hasOwn(choice.map ?? {}, said) ? choice.map?.[said] : undefined;
  const component = mapped ?? known.find(({ id }) => id === said)?.id;
  if (component !== undefined) return { component };
  const names = [...known.map(({ id }) => id), ...Object.keys(choice.map ?? {})];
  const taken = choice.default === undefined ? "the alert was taken without it" : `"${choice.default}" was taken`;
  const warning = `${choice.from}: there is no component "${oneLine(said, 64)}"; ${suggest(said, names)}; ${taken}`;
  return { ...usual, warning };
}
