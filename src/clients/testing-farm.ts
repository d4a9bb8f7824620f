// Asks Testing Farm what became of a request. Needs no token.
// https://api.testing-farm.io/redoc (GET /v0.1/requests/{request_id})
import { z } from "zod";
import { ok, type Result } from "../lib/result.ts";
import { getJson, type NoAnswer } from "./get-json.ts";

/** Of its own trouble the state is `error`; of a mistake of whoever asked for the tests, the result is. */
const Request = z.looseObject({
  state: z.string(),
  result: z.looseObject({ overall: z.string().nullish(), summary: z.string().nullish() }).nullish(),
});

export type TestRequest = { readonly state: string; readonly overall?: string; readonly summary?: string };

const ended: readonly string[] = ["complete", "error", "canceled"];
export const hasEnded = ({ state }: TestRequest): boolean => ended.includes(state);

export function testingFarm(base: string): {
  request(id: string, signal: AbortSignal): Promise<Result<TestRequest, NoAnswer>>;
} {
  return {
    request: async (id, signal) => {
      const url = new URL(`${base.replace(/\/$/u, "")}/requests/${encodeURIComponent(id)}`);
      const told = await getJson(url, Request, signal);
      if (!told.ok) return told;
      const { state, result } = told.value;
      const [overall, summary] = [result?.overall ?? undefined, result?.summary ?? undefined];
      return ok({ state, ...(overall !== undefined && { overall }), ...(summary !== undefined && { summary }) });
    },
  };
}
