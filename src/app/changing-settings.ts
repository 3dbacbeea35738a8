import type { Config } from "../config/config.ts";
import type { AdmissionSettings } from "../server/admission/admission.ts";
import { LIMITS } from "../server/admission/limits.ts";
import { readManifest } from "../server/admission/persisted-file.ts";
import { createOriginPolicy, type OriginPolicy } from "../server/http/origin.ts";

/** Reads what operations are checked against; rejects with ConfigError. */
export const readAdmissionSettings = async ({ limits, persisted }: Config): Promise<AdmissionSettings> => ({
  limits: { ...LIMITS, ...limits },
  persisted: { documents: await readManifest(persisted.file), only: persisted.only },
});

const originsOf = ({ access, publicUrl }: Config): OriginPolicy =>
  createOriginPolicy({
    listed: access.origins,
    publicUrl,
    localOnly: access.open,
  });

/** Creates the policy of a configuration, whose list of origins can be replaced. */
export const createChangingOrigins = (
  config: Config,
): { readonly policy: OriginPolicy; readonly adopt: (next: Config) => void } => {
  let current = originsOf(config);
  return {
    policy: {
      allows: (request) => current.allows(request),
      headersFor: (request, exposed) => current.headersFor(request, exposed),
    },
    adopt({ access: { origins } }) {
      current = originsOf({ ...config, access: { ...config.access, origins } });
    },
  };
};
