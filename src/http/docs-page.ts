// The API for people: one page, without script, made of the same routes as the OpenAPI document.
import { z } from "zod";
import { scopeNames, scopes } from "../accounts/token.ts";
import { html, type SafeHtml } from "../lib/html.ts";
import { layout } from "../status/page/layout.ts";
import type { PublicSite } from "../status/snapshot.ts";
import { routes } from "./api/routes.ts";
import { problemsOf } from "./openapi.ts";
import { allProblemCodes, problemCodes } from "./problem-codes.ts";
import type { Route } from "./route.ts";

type Field = { readonly name: string; readonly required: boolean; readonly kind: string; readonly say: string };

type Shape = { readonly [key: string]: unknown };

/** `text`, `list of text`, `one of a, b`: the kind of a field in a few words. */
function kindOf(schema: unknown): string {
  if (typeof schema !== "object" || schema === null) return "anything";
  const { type, enum: choices, items, anyOf }: Shape = { ...schema };
  if (Array.isArray(choices)) return choices.map(String).join(" | ");
  if (Array.isArray(anyOf)) return anyOf.map(kindOf).join(" or ");
  if (type === "array") return `list of ${kindOf(items)}`;
  const words: Readonly<Record<string, string>> = {
    string: "text",
    integer: "whole number",
    object: "keys and values",
  };
  return typeof type === "string" ? (words[type] ?? type) : "anything";
}

function fieldsOf(schema: z.ZodObject): readonly Field[] {
  const { properties, required } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties ?? {}).map(([name, field]) => ({
    name,
    required: required?.includes(name) === true,
    kind: kindOf(field),
    say: (typeof field === "object" ? field.description : undefined) ?? "",
  }));
}

/** A list of terms, not a table: on a phone each stands above its meaning. */
function terms(where: string, schema: z.ZodObject): readonly SafeHtml[] {
  return fieldsOf(schema).map(
    ({ name, required, kind, say }) =>
      html`<dt><code>${name}</code></dt>
        <dd>${say} <span class="m s">${kind}, in the ${where}${required && ", needed"}</span></dd>`,
  );
}

function anchor(route: Route): string {
  return `${route.method}-${route.path.replace("/api/v1/", "").replaceAll(/[^a-z]+/g, "-")}`
    .toLowerCase()
    .replace(/-$/, "");
}

function section(route: Route): SafeHtml {
  const statuses = Object.keys(route.answers).join(", ");
  const codes = problemsOf(route).map((code, i) => html`${i > 0 && ", "}<a href="#${code}" class="nb">${code}</a>`);
  return html`<section class="card out" id="${anchor(route)}" aria-labelledby="${anchor(route)}-h">
    <h3 id="${anchor(route)}-h">${route.summary}</h3>
    <p><code>${route.method} ${route.path}</code></p>
    <dl class="rows">
      <dt>Scope</dt>
      <dd><a href="#scopes">${route.scope}</a></dd>
      ${terms("path", route.params)} ${terms("query", route.query)} ${terms("body", route.body)}
      ${
        route.versioned === true &&
        html`<dt><code>If-Match</code></dt>
          <dd>The version that you saw. <span class="m s">in the headers</span></dd>`
      }
      <dt>Answers</dt>
      <dd>${statuses}, or a problem: ${codes}</dd>
    </dl>
  </section>`;
}

function rows(caption: string, heads: readonly string[], lines: readonly (readonly SafeHtml[])[]): SafeHtml {
  return html`<table class="v">
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        ([first, ...rest]) =>
          html`<tr>
            <th scope="row">${first}</th>
            ${rest.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function tokensSection(): SafeHtml {
  const lines = scopeNames.map((name) => [html`<code>${name}</code>`, html`${scopes[name]}`]);
  return html`<section class="card out" id="scopes" aria-labelledby="scopes-h">
    <h2 id="scopes-h">Tokens</h2>
    <p class="cmd">
      Every request carries a token: <code>Authorization: Bearer tocsin_…</code>. On the server,
      <code>tocsin token create NAME --scope read</code> makes one and shows it once. A token never stands in an
      address.
    </p>
    ${rows("What a token may do", ["Scope", "It may"], lines)}
  </section>`;
}

const promises = html`<section class="card out" aria-labelledby="promises-h">
  <h2 id="promises-h">What holds everywhere</h2>
  <dl class="rows">
    <dt>Lists</dt>
    <dd>
      Arrays, newest first, 50 at a time unless <code>limit</code> says otherwise. While there are more, the header
      <code>Link: &lt;?…&gt;; rel="next"</code> leads to the next page.
    </dd>
    <dt>Sending again</dt>
    <dd>
      A POST with an <code>Idempotency-Key</code> is done once. For 24 hours the same request with the same key gets the
      same answer, marked <code>Idempotent-Replayed: true</code>, even when the server died in between.
    </dd>
    <dt>Versions</dt>
    <dd>
      The <code>ETag</code> of an incident is its version. <code>If-Match</code> with it refuses a command when somebody
      else was faster.
    </dd>
    <dt>Times</dt>
    <dd>
      In answers <code>2026-11-22T10:42:00Z</code>. In requests also <code>10:42</code> (UTC), <code>45m</code> from now
      and <code>-45m</code> ago.
    </dd>
    <dt>Unknown names</dt>
    <dd>A key, a component or a word that is not known is an error that names the nearest one. Nothing is ignored.</dd>
  </dl>
</section>`;

function problemsSection(): SafeHtml {
  const lines = allProblemCodes.map((code) => [
    html`<code id="${code}">${code}</code>`,
    html`${problemCodes[code].status}`,
    html`${problemCodes[code].say}`,
  ]);
  return html`<section class="card out" id="problems" aria-labelledby="problems-h">
    <h2 id="problems-h">Problems</h2>
    <p class="cmd">
      What was not done is told as <code>application/problem+json</code> (RFC 9457). Hold on to <code>code</code>;
      <code>detail</code> and <code>errors</code> are for people.
    </p>
    ${rows("Every code", ["Code", "Status", "Meaning"], lines)}
  </section>`;
}

const title = (tag: string): string => `${tag.charAt(0).toUpperCase()}${tag.slice(1)}`;

/** The page at `/api/docs`. */
export function renderDocs(site: PublicSite): string {
  const chapters = [...Map.groupBy(routes, (route) => route.tag)];
  const contents = chapters.map(
    ([tag, list]) =>
      html`<dt>${title(tag)}</dt>
        <dd>
          <ul>
            ${list.map((route) => html`<li><a href="#${anchor(route)}">${route.summary}</a></li>`)}
          </ul>
        </dd>`,
  );
  return layout({
    site,
    title: "API",
    description: "The API of the outage desk: its routes, tokens and problems.",
    status: "operational",
    root: "../",
    main: html`<div class="say operational">
        <h1>API</h1>
        <p>
          For programs: JSON under <code>/api/v1</code>, described by
          <a href="openapi.json">an OpenAPI 3.1 document</a>.
        </p>
      </div>
      ${tokensSection()} ${promises}
      <nav class="card out" aria-labelledby="contents">
        <h2 id="contents">Routes</h2>
        <dl class="rows">${contents}</dl>
      </nav>
      ${chapters.map(
        ([tag, list]) =>
          html`<div class="hd"><h2>${title(tag)}</h2></div>
            ${list.map(section)}`,
      )}
      ${problemsSection()}`,
  });
}
