// How the config of a probe names a host and a port.
import { isIP } from "node:net";
import { z } from "zod";

/** A name as in https://www.rfc-editor.org/rfc/rfc1123#section-2.1, underscores forgiven. */
const namePattern = /^(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$/u; // prettier-ignore

export const isHost = (text: string): boolean => isIP(text) !== 0 || namePattern.test(text);

export const host = (): z.ZodString =>
  z.string().refine(isHost, "must be a name such as mail.example.org, or an address; no scheme, no port");

export const portOf = (): z.ZodInt => z.int().min(1).max(65_535);

/** `[::1]:53` is how an address and its port are told apart. */
export const sayHost = (name: string, port: number): string =>
  isIP(name) === 6 ? `[${name}]:${port}` : `${name}:${port}`;
