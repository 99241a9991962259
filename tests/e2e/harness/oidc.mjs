// The package oidc-provider of npm as a provider on loopback, in memory: node oidc.mjs NODE_MODULES prints its issuer.
// SPDX-License-Identifier: GPL-3.0-or-later
import http from 'http';
import path from 'path';
import { pathToFileURL } from 'url';

const { default: Provider } = await import(pathToFileURL(path.join(process.argv[2], 'oidc-provider/lib/index.js')));
let callback;
const server = http.createServer((question, answer) => callback(question, answer));
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  callback = new Provider(issuer, {
    clients: [{
      client_id: 'navette-test', application_type: 'native', token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: ['http://127.0.0.1/'], response_types: ['code'],
    }],
    features: { deviceFlow: { enabled: true } },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, email: id }) }),
    claims: { openid: ['sub'], email: ['email'] },
    conformIdTokenClaims: false,
    scopes: ['openid', 'offline_access', 'email'],
    rotateRefreshToken: true,
  }).callback();
  console.log(issuer);
});
