// JSON that we wrote ourselves: it comes back as what it was (the store's one cast), and can be looked at on a terminal.

/** Only for columns that our own stores fill; foreign JSON goes through zod. */
export function stored<T>(text: string): T {
  return JSON.parse(text) as T;
}

/** The same JSON, in which what could steer a terminal or the direction of text is written as figures: `\u009b`. */
export function tameJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/gu,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const mapMark = "$map";

/** As JSON, Maps too, for another Tocsin of the same version. */
export function packed(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (each instanceof Map ? { [mapMark]: [...each] } : each));
}

/** What `packed` wrote, as what it was. */
export function unpacked<T>(text: string): T {
  return JSON.parse(text, (_key, each: unknown) =>
    typeof each === "object" && each !== null && mapMark in each && Array.isArray(each[mapMark])
      ? new Map(each[mapMark] as [unknown, unknown][])
      : each,
  ) as T;
}
