// A judge of JSON Schema, as small as our own schemas need it. An unknown keyword throws, so that none is passed over.

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const schemasIn = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const textsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

type Judge = (wanted: unknown, value: unknown, schema: Json) => boolean;
const silent: Judge = () => true;
const all = (values: readonly unknown[], schema: unknown): boolean =>
  values.every((value) => (schema === false ? false : !isObject(schema) || satisfies(schema, value)));
const size = (value: unknown): number | undefined =>
  typeof value === "string" ? [...value].length : Array.isArray(value) ? value.length : undefined;
const least = (wanted: unknown, value: number | undefined): boolean => value === undefined || value >= Number(wanted);
const most = (wanted: unknown, value: number | undefined): boolean => value === undefined || value <= Number(wanted);
const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

const keywords: Readonly<Record<string, Judge>> = {
  $schema: silent,
  title: silent,
  description: silent,
  default: silent,
  // An editor shows it; the config's own reader is the judge of it.
  format: silent,
  type: (wanted, value) => types[String(wanted)]?.(value) === true,
  const: (wanted, value) => value === wanted,
  enum: (wanted, value) => Array.isArray(wanted) && wanted.includes(value),
  pattern: (wanted, value) => typeof value !== "string" || new RegExp(String(wanted), "u").test(value),
  minLength: (wanted, value) => typeof value !== "string" || least(wanted, size(value)),
  maxLength: (wanted, value) => typeof value !== "string" || most(wanted, size(value)),
  minItems: (wanted, value) => !Array.isArray(value) || least(wanted, size(value)),
  maxItems: (wanted, value) => !Array.isArray(value) || most(wanted, size(value)),
  minimum: (wanted, value) => least(wanted, numberOf(value)),
  maximum: (wanted, value) => most(wanted, numberOf(value)),
  anyOf: (wanted, value) => schemasIn(wanted).some((schema) => satisfies(schema, value)),
  allOf: (wanted, value) => schemasIn(wanted).every((schema) => satisfies(schema, value)),
  items: (wanted, value) => !Array.isArray(value) || all(value, wanted),
  required: (wanted, value) => !isObject(value) || textsIn(wanted).every((key) => Object.hasOwn(value, key)),
  properties: (wanted, value) =>
    !isObject(value) ||
    !isObject(wanted) ||
    Object.entries(wanted).every(([key, schema]) => !Object.hasOwn(value, key) || all([value[key]], schema)),
  propertyNames: (wanted, value) => !isObject(value) || all(Object.keys(value), wanted),
  additionalProperties: (wanted, value, { properties }) => {
    if (!isObject(value)) return true;
    const own = isObject(properties) ? properties : {};
    const others = Object.entries(value).filter(([key]) => !Object.hasOwn(own, key));
    return all(
      others.map(([, other]) => other),
      wanted,
    );
  },
};

/** Whether a value is what the schema describes. */
export function satisfies(schema: Json, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, wanted]) => {
    const judge = keywords[keyword];
    if (judge === undefined) throw new Error(`this judge does not know the keyword ${keyword}`);
    return judge(wanted, value, schema);
  });
}
