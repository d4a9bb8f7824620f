// Holds requests and answers of the GitHub fake against the OpenAPI description that GitHub publishes.
import { readFileSync } from "node:fs";
import { satisfies } from "../kit/json-schema.ts";

type Json = Readonly<Record<string, unknown>>;

const api: Json = JSON.parse(readFileSync(new URL("./github/openapi.json", import.meta.url), "utf8"));

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((found, key) => (isObject(found) ? found[key] : undefined), value);

/** OpenAPI 3.0's own keywords in JSON Schema's: references put in, `nullable` as a second type. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const { $ref, nullable, oneOf, enum: values, ...rest } = value;
  if (typeof $ref === "string") return plain(at(api, ...$ref.split("/").slice(1)));
  const named = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, key === "properties" && isObject(one) ? Object.fromEntries(Object.entries(one).map(([name, schema]) => [name, plain(schema)])) : plain(one)])); // prettier-ignore
  const schema = {
    ...named,
    ...(oneOf === undefined ? {} : { anyOf: plain(oneOf) }),
    ...(values === undefined ? {} : { enum: values }),
  };
  return nullable === true ? { anyOf: [{ type: "null" }, schema] } : schema;
}

const paths = Object.keys(isObject(api["paths"]) ? api["paths"] : {});

/** The path of the description that a request goes to. */
export function operationAt(
  method: string,
  path: string,
): { readonly path: string; readonly operation: Json } | undefined {
  for (const known of paths) {
    const pattern = new RegExp(`^${known.replaceAll(/\{[^}]+\}/gu, "[^/]+")}$`, "u");
    const operation = pattern.test(path) ? at(api, "paths", known, method.toLowerCase()) : undefined;
    if (isObject(operation)) return { path: known, operation };
  }
  return undefined;
}

/** Why a query is not as described, if so. A parameter of the query comes as text. */
export function wrongQuery(operation: Json, query: URLSearchParams): string | undefined {
  const parameters = plain(operation["parameters"]);
  const known = new Map((Array.isArray(parameters) ? parameters : []).filter((one) => at(one, "in") === "query").map((one) => [at(one, "name"), at(one, "schema")])); // prettier-ignore
  for (const [name, text] of query) {
    const schema = known.get(name);
    if (!isObject(schema)) return `there is no parameter ${name}`;
    if (!satisfies(schema, text) && !satisfies(schema, Number(text)))
      return `${name}=${text} is none of what it may be`;
  }
  return undefined;
}

export function rightBody(operation: Json, body: unknown): boolean {
  if (body === undefined && at(operation, "requestBody", "required") !== true) return true;
  const schema = plain(at(operation, "requestBody", "content", "application/json", "schema"));
  return !isObject(schema) || satisfies(schema, body);
}

export function rightAnswer(operation: Json, status: number, body: unknown): boolean {
  const schema = plain(at(operation, "responses", String(status), "content", "application/json", "schema"));
  return !isObject(schema) || satisfies(schema, body);
}
