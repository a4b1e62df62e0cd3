import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

/**
 * A secret that a person made, marked so that Pulumi keeps it encrypted. The role that previews pull requests may not read it, since
 * whoever opens one could have it printed: a preview then goes on with a value that is not known. An update without it fails.
 */
export function readSecret(secretId: string, options: pulumi.InvokeOptions): pulumi.Output<string> {
  const read = aws.secretsmanager.getSecretVersion({ secretId }, options).then(
    ({ secretString }) => secretString,
    (error: unknown) => withoutSecret(error, pulumi.runtime.isDryRun()),
  );
  return pulumi.secret(pulumi.output(read as Promise<string>));
}

/** What stands in for a secret that could not be read; throws the error where nothing may. */
export function withoutSecret(error: unknown, isPreview: boolean): typeof pulumi.unknown {
  if (isPreview && /AccessDenied|not authorized/i.test(String(error))) return pulumi.unknown;
  throw error;
}
