// Verifies signed requests with the makers' own library (standardwebhooks): reads them as JSON from stdin, says of each
// whether it stands, and of each with one letter of its body changed that it does not.
const { createRequire } = require('module');
const { Webhook } = createRequire(process.argv[2] + '/')('standardwebhooks');
const calls = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const stands = (secret, body, headers) => {
  try {
    new Webhook(secret).verify(body, headers);
    return 'stands';
  } catch (error) {
    return error.message;
  }
};
console.log(JSON.stringify(calls.map(({ secret, body, headers }) => [
  stands(secret, body, headers), stands(secret, body.replace('incident', 'incidenr'), headers),
])));
