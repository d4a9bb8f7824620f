// The OpenAPI 3.1 document, made of the declared routes. Loaded only when somebody asks for it.
import { z } from "zod";
import { scopes } from "../accounts/token.ts";
import { stored } from "../lib/json.ts";
import { routes } from "./api/routes.ts";
import { Problem } from "./contract.ts";
import { problemCodes, type ProblemCode } from "./problem-codes.ts";
import { nothing, type Route } from "./route.ts";

type Json = { readonly [key: string]: unknown };
type Schemas = Map<string, unknown>;

/** What every route may answer, whatever it is asked. */
const everywhere = ["bad-request", "unauthorized", "forbidden", "too-many-tries", "unavailable"] as const;
const withQuery = ["bad-query"] as const;
const withBody = ["too-large", "unsupported-media-type", "invalid", "in-progress", "key-reused"] as const;

export function problemsOf(route: Route): readonly ProblemCode[] {
  const more = route.method === "POST" ? withBody : [];
  return [...new Set<ProblemCode>([...everywhere, ...withQuery, ...more, ...route.problems])];
}

/** A schema as OpenAPI has it. Answers may grow: who reads them must not mind a field that they do not know. */
export function schemaOf(schema: z.ZodType, io: "input" | "output", shared: Schemas): Json {
  const json = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      if (io === "output" && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  const { $schema: _dialect, $defs, ...own } = json;
  for (const [name, definition] of Object.entries($defs ?? {})) shared.set(name, pointed(definition));
  return pointed(own);
}

/** References point into the document, not into the schema. */
function pointed(json: unknown): Json {
  return stored<Json>(JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function parametersOf(route: Route): readonly Json[] {
  const of = (where: "path" | "query", schema: z.ZodObject): readonly Json[] => {
    const { properties } = z.toJSONSchema(schema, { io: "input" });
    return Object.entries(properties ?? {}).map(([name, field]) => {
      const { description, ...rest } = typeof field === "object" ? field : {};
      const said = description === undefined ? {} : { description };
      return { name, in: where, required: where === "path", ...said, schema: rest };
    });
  };
  return [...of("path", route.params), ...of("query", route.query), ...headersOf(route)];
}

function headersOf(route: Route): readonly Json[] {
  const header = (name: string, description: string): Json => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  });
  const key = route.method === "POST" && route.secret !== true;
  return [
    ...(key ? [header("Idempotency-Key", "Makes it safe to send this again: it is done once, for 24 hours.")] : []),
    ...(route.versioned === true ? [header("If-Match", "The ETag that you saw; another version refuses.")] : []),
  ];
}

const answerHeaders = {
  ETag: { description: "The version, for If-Match.", schema: { type: "string" } },
  Link: { description: '`<…>; rel="next"`: the next page, where there is one.', schema: { type: "string" } },
  "Idempotent-Replayed": { description: "`true`: it was answered before.", schema: { type: "string" } },
} as const;

function answersOf(route: Route, shared: Schemas): Json {
  const headers = {
    ...(Object.hasOwn(route.params.shape, "number") || route.tag === "incidents" ? { ETag: answerHeaders.ETag } : {}),
    ...(Object.hasOwn(route.query.shape, "cursor") ? { Link: answerHeaders.Link } : {}),
    ...(route.method === "POST" ? { "Idempotent-Replayed": answerHeaders["Idempotent-Replayed"] } : {}),
  };
  const done = Object.entries(route.answers).map(([status, schema]): [string, Json] => [
    status,
    {
      description: status === "201" ? "Made." : "Done.",
      headers,
      content: { "application/json": { schema: schemaOf(schema, "output", shared) } },
    },
  ]);
  const byStatus = Map.groupBy(problemsOf(route), (code) => problemCodes[code].status);
  const problems = [...byStatus].map(([status, codes]): [string, Json] => [
    String(status),
    {
      description: codes.map((code) => `\`${code}\`: ${problemCodes[code].say}`).join(" "),
      content: {
        "application/problem+json": {
          schema: {
            allOf: [{ $ref: "#/components/schemas/Problem" }, { properties: { code: { enum: codes } } }],
          },
        },
      },
    },
  ]);
  return Object.fromEntries([...done, ...problems]);
}

/** `postIncidentsNumberAck`. */
function operationId({ method, path }: Route): string {
  const words = path.replace("/api/v1/", "").split(/[^a-z]+/i);
  return [
    method.toLowerCase(),
    ...words.filter((word) => word !== "").map((word) => word.charAt(0).toUpperCase() + word.slice(1)),
  ].join("");
}

function operationOf(route: Route, shared: Schemas): Json {
  const scope = `Needs the scope \`${route.scope}\`: ${scopes[route.scope]}.`;
  const required = !route.body.safeParse({}).success;
  const content = { "application/json": { schema: schemaOf(route.body, "input", shared) } };
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: scope,
    security: [{ token: [route.scope] }],
    parameters: parametersOf(route),
    ...(route.method === "POST" && route.body !== nothing ? { requestBody: { required, content } } : {}),
    responses: answersOf(route, shared),
  };
}

/** The whole document. `url` is the public address of this instance. */
export function openApiDocument(title: string, url: string): Json {
  const shared: Schemas = new Map();
  schemaOf(Problem, "output", shared);
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route, shared);
  const schemas = Object.fromEntries([...shared].toSorted(([a], [b]) => a.localeCompare(b)));
  return {
    openapi: "3.1.1",
    info: {
      title: `${title}: the outage desk's API`,
      version: "1",
      description: "What the page at /api/docs says for people. New fields and routes may come; what is here stays.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "`tocsin token create` makes one." } },
    },
  };
}
