// How Tocsin is known to GitHub: as an App, or by a token. A target may have a token of its own.
import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { webUrl } from "./fields.ts";

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

// From the environment (`${GITHUB_APP_ID}`) it comes as text.
const appId = z.union([z.int().positive(), z.string().regex(/^\d+$/u, "an app_id is a number").transform(Number)]);

export const Github = z
  .strictObject({
    app_id: appId.optional().describe("The App's id, from its settings page."),
    private_key: z
      .string()
      .refine(isPrivateKey, "must be the App's private key (RSA, PEM), whole with its BEGIN and END lines")
      .optional()
      .describe("The App's private key; better private_key_file."),
    token: z.string().trim().min(1).optional().describe("A token instead of an App; better token_file."),
    api_url: webUrl()
      .default("https://api.github.com")
      .describe("The API of a GitHub Enterprise Server, such as https://github.example.org/api/v3."),
  })
  .superRefine((config, check) => {
    const wrong = (key: string, message: string): void => check.addIssue({ code: "custom", path: [key], message });
    const { app_id: id, private_key: key, token } = config;
    if (id !== undefined && key === undefined) wrong("private_key", "private_key_file is missing");
    if (id === undefined && key !== undefined) wrong("app_id", "app_id is missing");
    if (id !== undefined && token !== undefined) wrong("token", "write either the App or a token, not both");
    if (id === undefined && key === undefined && token === undefined) wrong("app_id", "app_id is missing, or a token");
  });

export type GithubAccess = z.output<typeof Github>;
