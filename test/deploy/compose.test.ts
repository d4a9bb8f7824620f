// The compose files, read as they are: no engine runs here. What they name must be there, and each service is shut in.
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { execForm, readContainerfile, repositoryFile, valuesOf } from "../kit/containerfile.ts";

const Service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.literal(".."), dockerfile: z.string() }).optional(),
  restart: z.literal("unless-stopped"),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal("service_healthy") })).optional(),
  ports: z.array(z.string().startsWith("127.0.0.1:")).optional(),
  user: z.string().optional(),
  read_only: z.literal(true),
  tmpfs: z.array(z.string()).optional(),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  stop_grace_period: z.string().regex(/^[2-9]\d+s$/u),
  mem_limit: z.string().optional(),
  shm_size: z.string().optional(),
  pids_limit: z.int().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(z.string()),
  secrets: z.array(z.string()),
  networks: z.array(z.string()).optional(),
  healthcheck: z.strictObject({
    test: z.array(z.string()),
    interval: z.string(),
    timeout: z.string(),
    start_period: z.string(),
    retries: z.int(),
  }),
});
const Compose = z.strictObject({
  name: z.literal("tocsin"),
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.strictObject({})),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().optional() })).default({}),
  secrets: z.record(z.string(), z.strictObject({ file: z.string().startsWith("./secrets/") })),
});

const image = readContainerfile(repositoryFile("deploy/Containerfile")).stages.at(-1) ?? { from: "", steps: [] };
const { version }: { version: string } = JSON.parse(repositoryFile("package.json"));

describe.each(["deploy/compose.yaml", "deploy/compose.sqlite.yaml"])("%s", (path) => {
  const compose = Compose.parse(parse(repositoryFile(path)));
  const services = Object.values(compose.services);

  test("names only volumes, networks, secrets and services that it declares, and all of them", () => {
    const volumes = services.flatMap((service) => service.volumes.filter((volume) => !volume.startsWith(".")));
    expect(new Set(volumes.map((volume) => volume.split(":")[0]))).toEqual(new Set(Object.keys(compose.volumes)));
    expect(new Set(services.flatMap(({ secrets }) => secrets))).toEqual(new Set(Object.keys(compose.secrets)));
    expect(new Set(services.flatMap(({ networks }) => networks ?? []))).toEqual(new Set(Object.keys(compose.networks)));
    const awaited = services.flatMap(({ depends_on: on }) => Object.keys(on ?? {}));
    expect(awaited.filter((name) => compose.services[name] === undefined)).toEqual([]);
  });

  test("runs this version of the image, as it is made, with its volume", () => {
    const { tocsin } = compose.services;
    expect(tocsin?.image).toBe(`tocsin:${version}`);
    expect(existsSync(new URL(`../../${tocsin?.build?.dockerfile}`, import.meta.url))).toBe(true);
    expect(tocsin?.volumes).toContain(`data:${valuesOf(image, "VOLUME").flatMap(execForm)[0]}`);
    expect(tocsin?.ports).toEqual([`127.0.0.1:8080:${valuesOf(image, "EXPOSE")[0]}`]);
  });

  test("holds no secret itself, and git ignores where they lie", () => {
    const words = services.flatMap(({ environment }) => Object.entries(environment ?? {}));
    expect(words.filter(([name]) => /password|token|secret|url/iu.test(name) && !name.endsWith("_FILE"))).toEqual([]);
    expect(repositoryFile(".gitignore").split("\n")).toEqual(
      expect.arrayContaining(["/deploy/secrets/", "/deploy/tocsin.yaml"]),
    );
  });
});
