// A notice written in daylight, for the trouble that will come at night: by name, or the one that fits an alert best.
import type { Impact } from "./impact.ts";
import type { AlertKind } from "../alerts/alert.ts";
import type { Component } from "../components/component.ts";
import type { ComponentId, TemplateId } from "../config/names.ts";
import { fillIn } from "../lib/placeholders.ts";
import { oneLine } from "../lib/text.ts";
import type { NoticeEdit } from "./incident.ts";

export type Template = {
  readonly id: TemplateId;
  /** Which alerts it is for; without either it is only ever asked for by its name. */
  readonly component?: ComponentId;
  readonly kind?: AlertKind;
  readonly impact: Impact;
  readonly notice: NoticeEdit;
};

/** Component and kind, then component, then kind; the first in the config where several fit alike. */
export function bestTemplate(
  templates: readonly Template[],
  component: ComponentId | undefined,
  kind: AlertKind,
): Template | undefined {
  const fitting = templates.filter(
    (one) =>
      (one.component !== undefined || one.kind !== undefined) &&
      (one.component === undefined || one.component === component) &&
      (one.kind === undefined || one.kind === kind),
  );
  const worth = (one: Template): number => (one.component === undefined ? 0 : 2) + (one.kind === undefined ? 0 : 1);
  return fitting.reduce<Template | undefined>(
    (best, one) => (best === undefined || worth(one) > worth(best) ? one : best),
    undefined,
  );
}

/** What the template says of this component, its placeholders filled. */
export function noticeOf(template: Template, component: Component | undefined): NoticeEdit {
  const name = component?.name ?? "the service";
  const values = { component: name, upstream: component?.upstream?.name ?? name };
  const { title, scope, affected, notAffected, alternatives, retrigger } = template.notice;
  const filled = (text: string | undefined): string | undefined => text && fillIn(text, values);
  const fields = {
    title: title && oneLine(fillIn(title, values), 200),
    scope: filled(scope),
    affected: filled(affected),
    notAffected: filled(notAffected),
    alternatives: alternatives?.map((each) => fillIn(each, values)),
    retrigger: filled(retrigger),
  };
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...template.notice, ...Object.fromEntries(said) };
}
