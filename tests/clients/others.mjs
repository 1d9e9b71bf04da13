// Two more clients in node, briefly: nforce against Salesforce, node-marketo-rest against Marketo. DOUBLE says which.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const base = process.env.BASE_URL;
const credentials = JSON.parse(process.env.CREDENTIALS);

async function salesforce() {
  const nforce = require('nforce');
  const org = nforce.createConnection({
    clientId: credentials.client_id,
    clientSecret: credentials.client_secret,
    redirectUri: 'http://localhost/',
    loginUri: `${base}/services/oauth2/token`,
    apiVersion: 'v58.0',
    mode: 'single',
    autoRefresh: true,
  });
  await org.authenticate({ username: credentials.username, password: credentials.password });
  const lead = nforce.createSObject('Lead', { LastName: 'Kovalevskaya', Company: 'Stockholm' });
  const made = await org.insert({ sobject: lead });
  assert.equal(made.success, true);
  const found = await org.query({ query: `SELECT Id, Company FROM Lead WHERE Id = '${made.id}'` });
  assert.equal(found.records[0].get('company'), 'Stockholm');
  const described = await org.getDescribe('CampaignMember');
  assert.equal(described.undeletable, false);
  await assert.rejects(() => org.query({ query: 'SELECT Nothing FROM Lead' }), (error) => error.errorCode === 'INVALID_FIELD');
}

async function marketo() {
  const Marketo = require('node-marketo-rest');
  const client = new Marketo({
    endpoint: `${base}/rest`,
    identity: `${base}/identity`,
    clientId: credentials.client_id,
    clientSecret: credentials.client_secret,
  });
  const made = await client.lead.createOrUpdate([{ email: 'sofya@example.com', lastName: 'Kovalevskaya' }], { lookupField: 'email' });
  assert.equal(made.result[0].status, 'created');
  const found = await client.lead.find('email', ['sofya@example.com'], { fields: ['email', 'lastName'] });
  assert.equal(found.result[0].lastName, 'Kovalevskaya');
  const lists = await client.list.find({ name: ['Newsletter'] });
  assert.equal(lists.result[0].name, 'Newsletter');
  const added = await client.list.addLeadsToList(lists.result[0].id, [made.result[0].id]);
  assert.equal(added.result[0].status, 'added');
  const types = await client.activities.getActivityTypes();
  assert.ok(types.result.some((type) => type.id === 104));
}

await { salesforce, marketo }[process.env.DOUBLE]();
console.log(`${process.env.DOUBLE}: fine`);
