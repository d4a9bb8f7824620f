// Judges a Kubernetes object by the published schema of its kind, strictly: a key that the schema lacks is a mistake.
import { Ajv, type ErrorObject, type SchemaObject } from "ajv";
import { repositoryFile } from "./containerfile.ts";
import type { Manifest } from "./kustomize.ts";

/** OpenShift publishes no schema in an npm package; this is written after its documentation. */
const route: SchemaObject = {
  type: "object",
  required: ["apiVersion", "kind", "spec"],
  properties: {
    apiVersion: { enum: ["route.openshift.io/v1"] },
    kind: { enum: ["Route"] },
    metadata: { $ref: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta#" },
    spec: {
      type: "object",
      required: ["to"],
      properties: {
        host: {
          type: "string",
          maxLength: 253,
          pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
        },
        path: { type: "string", pattern: "^/" },
        to: {
          type: "object",
          required: ["kind", "name"],
          properties: {
            kind: { enum: ["Service"] },
            name: { type: "string", minLength: 1 },
            weight: { type: "integer", minimum: 0, maximum: 256 },
          },
        },
        port: { type: "object", required: ["targetPort"], properties: { targetPort: { type: ["string", "integer"] } } },
        tls: {
          type: "object",
          required: ["termination"],
          properties: {
            termination: { enum: ["edge", "passthrough", "reencrypt"] },
            insecureEdgeTerminationPolicy: { enum: ["None", "Allow", "Redirect"] },
          },
        },
        wildcardPolicy: { enum: ["None", "Subdomain"] },
      },
    },
  },
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object whose properties are listed has no others. The schemas leave that to the API server. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (!isObject(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  const closed = isObject(schema["properties"]) && schema["type"] === "object" && !("additionalProperties" in schema);
  return closed ? { ...inner, additionalProperties: false } : inner;
}

function judge(): Ajv {
  const ajv = new Ajv({ allErrors: false, strict: false });
  ajv.addFormat("quantity", /^[+-]?[0-9.]+([KMGTPE]i|[mkMGTPE]|[eE][+-]?[0-9]+)?$/u);
  for (const format of ["byte", "date-time", "int32", "int64"]) ajv.addFormat(format, true);
  const published: unknown = JSON.parse(repositoryFile("test/deploy/schemas/kubernetes.json"));
  if (!isObject(published)) throw new Error("the schemas cannot be read");
  for (const [name, schema] of Object.entries({ ...published, "io.openshift.route.v1.Route": route })) {
    const closed = strict(schema);
    if (isObject(closed)) ajv.addSchema(closed, name);
  }
  return ajv;
}

const groups: Readonly<Record<string, string>> = {
  v1: "io.k8s.api.core.v1",
  "apps/v1": "io.k8s.api.apps.v1",
  "policy/v1": "io.k8s.api.policy.v1",
  "networking.k8s.io/v1": "io.k8s.api.networking.v1",
  "monitoring.coreos.com/v1": "monitoring.coreos.com.v1",
  "route.openshift.io/v1": "io.openshift.route.v1",
};

const ajv = judge();

function say({ instancePath, message, params }: ErrorObject): string {
  const key: unknown = isObject(params) ? params["additionalProperty"] : undefined;
  return `${instancePath}: ${message ?? ""}${typeof key === "string" ? ` (${key})` : ""}`;
}

/** What is wrong with it, as sentences. */
export function mistakesIn(object: Manifest): readonly string[] {
  const name = `${groups[object.apiVersion] ?? object.apiVersion}.${object.kind}`;
  const validate = ajv.getSchema(name);
  if (validate === undefined) return [`there is no schema of ${object.apiVersion} ${object.kind}`];
  if (validate(object) === true) return [];
  return (validate.errors ?? []).map((error) => `${object.kind} ${object.metadata.name}${say(error)}`);
}
