// jsforce against the Salesforce double, as its users write it. The environment names the double: BASE_URL, CREDENTIALS.
import assert from 'node:assert/strict';
import jsforce from 'jsforce';

const base = process.env.BASE_URL;
const credentials = JSON.parse(process.env.CREDENTIALS);

// Log in: by password over SOAP, by client credentials over OAuth.
const byPassword = new jsforce.Connection({ loginUrl: base });
const user = await byPassword.login(credentials.username, credentials.password + credentials.security_token);
assert.match(user.id, /^005/);
await assert.rejects(() => new jsforce.Connection({ loginUrl: base }).login(credentials.username, 'wrong'), /INVALID_LOGIN/);

const connection = new jsforce.Connection({
  instanceUrl: base,
  oauth2: { clientId: credentials.client_id, clientSecret: credentials.client_secret, loginUrl: base },
});
await connection.authorize({ grant_type: 'client_credentials' });
const identity = await connection.identity();
assert.equal(identity.username, credentials.username);

// What there is.
const everything = await connection.describeGlobal();
assert.ok(everything.sobjects.some((object) => object.name === 'CampaignMember' && !object.undeletable));
const member = await connection.sobject('CampaignMember').describe();
assert.equal(member.fields.find((field) => field.name === 'CampaignId').updateable, false);

// Records: create, read, update, delete.
const made = await connection.sobject('Lead').create({ LastName: 'Babbage', Company: 'Difference Engines' });
assert.ok(made.success);
const read = await connection.sobject('Lead').retrieve(made.id);
assert.equal(read.Name, 'Babbage');
await connection.sobject('Lead').update({ Id: made.id, FirstName: 'Charles' });
assert.equal((await connection.sobject('Lead').retrieve(made.id)).Name, 'Charles Babbage');
await assert.rejects(() => connection.sobject('Lead').create({ LastName: 'Nobody' }), (error) => {
  assert.equal(error.errorCode, 'REQUIRED_FIELD_MISSING');
  return true;
});

// Collections of more than one, one of them wrong.
const many = await connection.sobject('Lead').create([
  { LastName: 'One', Company: 'Acme' },
  { LastName: 'Two' },
  { LastName: 'Three', Company: 'Acme', Email: 'three@example.com' },
]);
assert.deepEqual(many.map((result) => result.success), [true, false, true]);

// Queries: parents, children, paging, counting.
const campaign = (await connection.query("SELECT Id FROM Campaign WHERE Name = 'Spring Webinar'")).records[0];
const members = await connection.query(
  `SELECT Id, Status, Lead.Email, Contact.Email, Campaign.Name FROM CampaignMember WHERE CampaignId = '${campaign.Id}' ORDER BY Id`,
);
assert.equal(members.records[0].Campaign.Name, 'Spring Webinar');
assert.ok(members.records.some((record) => record.Lead?.Email === 'ada@example.com'));
const counted = await connection.query('SELECT COUNT() FROM CampaignMember');
assert.equal(counted.totalSize, members.totalSize);
const statuses = await connection.query('SELECT Name, (SELECT Label, IsDefault FROM CampaignMemberStatuses) FROM Campaign');
assert.ok(statuses.records.every((record) => record.CampaignMemberStatuses.records.length >= 2));
const found = await connection.sobject('Lead').find({ Company: 'Acme' }, ['Id', 'Name']).sort({ Name: 1 }).limit(10);
assert.deepEqual(found.map((record) => record.Name), ['One', 'Three']);

// An unknown status is no error: the default is written.
const added = await connection.sobject('CampaignMember').create({ CampaignId: campaign.Id, LeadId: made.id, Status: 'Nonsense' });
assert.equal((await connection.sobject('CampaignMember').retrieve(added.id)).Status, 'Invited');
await assert.rejects(
  () => connection.sobject('CampaignMember').create({ CampaignId: campaign.Id, LeadId: made.id }),
  /Already a campaign member/,
);

// Bulk API 2.0: load, then query.
const rows = Array.from({ length: 450 }, (_, number) => ({ LastName: `Bulk ${number}`, Company: 'Bulk Inc' }));
rows.push({ LastName: '', Company: 'Bulk Inc' });
const job = await connection.bulk2.loadAndWaitForResults({ object: 'Lead', operation: 'insert', input: rows, pollInterval: 50, pollTimeout: 20000 });
assert.equal(job.successfulResults.length, 450);
assert.equal(job.failedResults.length, 1);
assert.match(job.failedResults[0].sf__Error, /^REQUIRED_FIELD_MISSING/);
const stream = await connection.bulk2.query("SELECT Id, LastName FROM Lead WHERE Company = 'Bulk Inc'");
const bulk = await stream.toArray();
assert.equal(bulk.length, 450);

// More than one page.
const paged = await connection.query("SELECT Id FROM Lead WHERE Company = 'Bulk Inc'", { autoFetch: true, maxFetch: 1000, headers: { 'Sforce-Query-Options': 'batchSize=200' } });
assert.equal(paged.records.length, 450);

// Deletion, and what is seen of it.
await connection.sobject('CampaignMember').destroy(added.id);
await assert.rejects(() => connection.sobject('CampaignMember').retrieve(added.id), /does not exist/);
await connection.sobject('Lead').destroy(bulk.slice(0, 200).map((record) => record.Id));
assert.equal((await connection.query("SELECT COUNT() FROM Lead WHERE Company = 'Bulk Inc'")).totalSize, 250);
const now = Date.now();
const updated = await connection.sobject('Lead').updated(new Date(now - 3600e3), new Date(now + 60e3));
assert.ok(updated.latestDateCovered);
const deleted = await connection.sobject('CampaignMember').deleted(new Date(now - 3600e3), new Date(now + 60e3));
assert.ok(Array.isArray(deleted.deletedRecords));

// Limits, and errors of the wrong kind.
const limits = await connection.limits();
assert.ok(limits.DailyApiRequests.Remaining > 0);
await assert.rejects(() => connection.query('SELECT Foo FROM Campaign'), (error) => {
  assert.equal(error.errorCode, 'INVALID_FIELD');
  assert.match(error.message, /No such column 'Foo' on entity 'Campaign'/);
  return true;
});
await assert.rejects(() => connection.query('SELECT Id FROM Campaign WHERE'), /unexpected token/);

// An expired session is refreshed once, and the call goes through.
const refreshing = new jsforce.Connection({
  instanceUrl: base,
  accessToken: 'gone',
  refreshToken: credentials.refresh_token,
  oauth2: { clientId: credentials.client_id, clientSecret: credentials.client_secret, loginUrl: base },
});
assert.ok((await refreshing.query('SELECT Id FROM Campaign')).totalSize >= 2);

console.log('jsforce: fine');
