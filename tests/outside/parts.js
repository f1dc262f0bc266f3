// Counts SMS parts with Twilio's own calculator: JSON lines {"text", "smart"} in, {"encoding", "parts"} out.
const { SegmentedMessage } = require('sms-segments-calculator');
const lines = require('readline').createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { text, smart } = JSON.parse(line);
  const message = new SegmentedMessage(text, 'auto', Boolean(smart));
  console.log(JSON.stringify({ encoding: message.encodingName, parts: message.segmentsCount }));
});
