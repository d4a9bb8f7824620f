// The components by group: what is well folds away, what is not stands open.
import { worst } from "../../components/status.ts";
import { html, type SafeHtml } from "../../lib/html.ts";
import { oneLine } from "../../lib/text.ts";
import { componentPath } from "../site-paths.ts";
import type { PublicComponent, PublicSnapshot } from "../snapshot.ts";
import { bars } from "./bars.ts";
import { shape } from "./shapes.ts";
import { t } from "../tongue.ts";
import { statusName } from "../words.ts";

type Group = { readonly name: string | undefined; readonly members: PublicComponent[] };

/** In the order of the catalogue; a group stands where its first member does. */
function grouped(components: readonly PublicComponent[]): readonly Group[] {
  const groups = new Map<string | undefined, Group>();
  for (const component of components) {
    const group = groups.get(component.group) ?? { name: component.group, members: [] };
    group.members.push(component);
    groups.set(component.group, group);
  }
  return [...groups.values()];
}

/** `1 of 3 with trouble`, `4 operational`, `3 operational, 1 under maintenance`. */
function tally(components: readonly PublicComponent[]): string {
  const number = (...states: readonly string[]): number =>
    components.filter((component) => states.includes(component.status)).length;
  const trouble = number("degraded_performance", "partial_outage", "major_outage");
  const quiet = [
    [trouble === 0 ? number("operational") : 0, "{0} operational"],
    [number("under_maintenance"), "{0} under maintenance"],
    [number("unknown"), "{0} unknown"],
  ] as const;
  const said = quiet.filter(([figure]) => figure > 0).map(([figure, word]) => t(word, figure));
  return [...(trouble === 0 ? [] : [t("{0} of {1} with trouble", trouble, components.length)]), ...said].join(", ");
}

type Shown = Pick<PublicSnapshot, "days" | "site">;

function row(component: PublicComponent, { days, site }: Shown): SafeHtml {
  const { id, status, description } = component;
  const about = oneLine(description ?? "");
  return html`<li class="${status}">
    ${shape(status)}<span class="n"
      ><a href="${componentPath(id)}" dir="auto">${oneLine(component.name)}</a>${
        about !== "" && html`<span class="m s" dir="auto">${about}</span>`
      }</span
    ><span class="w s">${statusName(status)}</span>
    ${bars(component, days, site.timeZone)}
  </li> `;
}

function groupCard({ name, members }: Group, shown: Shown): SafeHtml {
  const rows = html`<ul>
    ${members.map((member) => row(member, shown))}
  </ul>`;
  if (name === undefined) return html`<div class="card c">${rows}</div>`;
  const status = worst(
    members.map((member) => member.status),
    "operational",
  );
  const open = status !== "operational" && status !== "under_maintenance";
  return html`<details class="card c" ${open && html` open`}>
    <summary>
      ${shape(status)}
      <h3 dir="auto">${oneLine(name)}</h3>
      <span class="m s">${tally(members)}</span>
    </summary>
    ${rows}
  </details> `;
}

export function componentSection(snapshot: PublicSnapshot): SafeHtml | undefined {
  const { components } = snapshot;
  if (components.length === 0) return undefined;
  return html`<section aria-labelledby="components">
    <div class="hd">
      <h2 id="components">${t("Components")}</h2>
      <span class="m s">${tally(components)}</span>
    </div>
    ${grouped(components).map((group) => groupCard(group, snapshot))}
  </section> `;
}
