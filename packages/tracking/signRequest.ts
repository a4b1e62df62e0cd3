import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

export type Signing = {
  service: string;
  region: string;
  credentials: Credentials | (() => Promise<Credentials>);
  /** When it is signed; default now. */
  date?: Date;
};

export type UnsignedRequest = {
  method: string;
  url: URL;
  /** Names in lower case. */
  headers: Record<string, string>;
  body?: string;
  /** As hexadecimal, of a body whose bytes are not seen here. */
  bodySha256?: string;
};

/** The headers of the request with those of AWS Signature Version 4; `host` is signed and is among them. */
export async function signRequest(request: UnsignedRequest, signing: Signing): Promise<Record<string, string>> {
  const { service, region, credentials, date } = signing;
  const { method, url, headers, body, bodySha256 } = request;
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const signed = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      headers: { ...headers, host: url.host, ...(bodySha256 && { 'x-amz-content-sha256': bodySha256 }) },
      body,
    },
    date === undefined ? {} : { signingDate: date },
  );
  return signed.headers;
}

function queryOf(url: URL): Record<string, string[]> {
  const names = [...new Set(url.searchParams.keys())];
  return Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name)]));
}
