"""simple-salesforce against the Salesforce double, as its users write it.

The environment names the double: BASE_URL (https, as the library knows nothing else), CREDENTIALS; and its certificate:
REQUESTS_CA_BUNDLE, which requests reads by itself.
"""

import json
import os

import requests
from simple_salesforce import Salesforce, SFType
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

base = os.environ["BASE_URL"]
credentials = json.loads(os.environ["CREDENTIALS"])


class ToDouble(requests.adapters.HTTPAdapter):
    """The library builds the address of the login from a domain; requests lets us say where that is."""

    def send(self, request, **options):
        scheme, _, rest = request.url.partition("://")
        request.url = base + "/" + rest.partition("/")[2]
        return super().send(request, **options)


session = requests.Session()
session.mount("https://login.salesforce.com", ToDouble())

# Log in over SOAP, wrongly and rightly.
try:
    Salesforce(username=credentials["username"], password="wrong", security_token="", session=session)
    raise SystemExit("a wrong password was taken")
except SalesforceAuthenticationFailed as error:
    assert error.code == "INVALID_LOGIN", error
sf = Salesforce(
    username=credentials["username"],
    password=credentials["password"],
    security_token=credentials["security_token"],
    session=session,
)

# Over OAuth with client credentials, then with the token.
token = session.post(
    base + "/services/oauth2/token",
    data={"grant_type": "client_credentials", "client_id": credentials["client_id"], "client_secret": credentials["client_secret"]},
).json()
by_token = Salesforce(instance_url=token["instance_url"], session_id=token["access_token"], session=session)
assert by_token.query("SELECT Id FROM Campaign")["totalSize"] == 2

# What there is.
assert any(entry["name"] == "CampaignMember" for entry in sf.describe()["sobjects"])
fields = {field["name"]: field for field in sf.Campaign.describe()["fields"]}
assert fields["ActualCost"]["type"] == "currency"

# Records.
made = sf.Contact.create({"LastName": "Noether", "FirstName": "Emmy", "Email": "emmy@example.com"})
assert made["success"] is True
assert sf.Contact.get(made["id"])["Name"] == "Emmy Noether"
assert sf.Contact.update(made["id"], {"Title": "Professor"}) == 204
try:
    sf.Contact.create({"FirstName": "Nobody"})
    raise SystemExit("a contact without last name was taken")
except SalesforceMalformedRequest as error:
    assert error.content[0]["errorCode"] == "REQUIRED_FIELD_MISSING", error.content

# Queries, one page and many.
campaign = sf.query("SELECT Id FROM Campaign WHERE Name LIKE 'Spring%'")["records"][0]["Id"]
member = sf.CampaignMember.create({"CampaignId": campaign, "ContactId": made["id"], "Status": "attended"})
read = sf.query(
    "SELECT Status, HasResponded, Contact.Email, FirstRespondedDate FROM CampaignMember WHERE Id = '%s'" % member["id"]
)["records"][0]
assert read["Status"] == "Attended" and read["HasResponded"] is True, read
assert read["Contact"]["Email"] == "emmy@example.com" and read["FirstRespondedDate"]

# Bulk API 2.0.
rows = [{"LastName": f"Row {number}", "Company": "Rows Ltd"} for number in range(2500)]
results = sf.bulk2.Lead.insert(records=rows)
assert results[0]["numberRecordsProcessed"] == 2500 and results[0]["numberRecordsFailed"] == 0, results
assert len(sf.query_all("SELECT Id, Name FROM Lead WHERE Company = 'Rows Ltd'")["records"]) == 2500
text = "".join(sf.bulk2.Lead.query("SELECT Id, LastName FROM Lead WHERE Company = 'Rows Ltd' ORDER BY LastName"))
assert text.count("\n") == 2501, text.count("\n")
failed = sf.bulk2.Lead.insert(records=[{"LastName": "Alone", "Company": ""}])[0]
assert failed["numberRecordsFailed"] == 1, failed
assert "REQUIRED_FIELD_MISSING" in sf.bulk2.Lead.get_failed_records(failed["job_id"])

# Deletion and replication.
assert sf.CampaignMember.delete(member["id"]) == 204
try:
    sf.CampaignMember.get(member["id"])
    raise SystemExit("a deleted member was there")
except SalesforceResourceNotFound:
    pass
from datetime import datetime, timedelta, timezone

now = datetime.now(timezone.utc)
assert "latestDateCovered" in sf.CampaignMember.deleted(now - timedelta(hours=1), now + timedelta(minutes=1))
assert "ids" in sf.Lead.updated(now - timedelta(hours=1), now + timedelta(minutes=1))

# Collections and limits, by hand where the library has no word for them.
answer = sf.restful(
    "composite/sobjects",
    method="POST",
    json={
        "allOrNone": True,
        "records": [
            {"attributes": {"type": "CampaignMember"}, "CampaignId": campaign, "ContactId": made["id"]},
            {"attributes": {"type": "CampaignMember"}, "CampaignId": campaign, "ContactId": made["id"]},
        ],
    },
)
codes = [result["errors"][0]["statusCode"] for result in answer]
assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "DUPLICATE_VALUE"], answer
assert sf.limits()["DailyApiRequests"]["Max"] > 0
assert sf.api_usage["api-usage"].used > 0

# An expired session is told apart.
stale = SFType("Lead", "gone", sf.sf_instance, session=session)
try:
    stale.describe()
    raise SystemExit("a session that is none was taken")
except SalesforceExpiredSession as error:
    assert error.content[0]["errorCode"] == "INVALID_SESSION_ID"

print("simple-salesforce: fine")
