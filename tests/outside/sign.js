// Signs as Twilio does, with twilio-node: JSON lines {"token", "url", "form": {name: value or [values]}} in, signatures out.
const { getExpectedTwilioSignature } = require('twilio/lib/webhooks/webhooks');
const lines = require('readline').createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { token, url, form } = JSON.parse(line);
  console.log(getExpectedTwilioSignature(token, url, form));
});
