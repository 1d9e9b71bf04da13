"""marketorestpython against the Marketo double, as its users write it.

The environment names the double: BASE_URL, CREDENTIALS. The library makes its host from a Munchkin id; one attribute says
where it is instead.
"""

import json
import os

from marketorestpython.client import MarketoClient

base = os.environ["BASE_URL"]
credentials = json.loads(os.environ["CREDENTIALS"])


def client(secret):
    made = MarketoClient("000-AAA-000", credentials["client_id"], secret, max_retry_time=1)
    made.host = base
    return made


# Logging in, wrongly and rightly.
try:
    client("wrong").execute(method="describe")
    raise SystemExit("a wrong secret was taken")
except Exception as error:
    assert "Bad client credentials" in str(error), error
marketo = client(credentials["client_secret"])
assert any(field["rest"]["name"] == "email" for field in marketo.execute(method="describe"))

# People: upsert, look-up, what cannot be.
leads = [{"email": "emmy@example.com", "firstName": "Emmy"}, {"email": "ADA@example.com", "title": "Countess"}, {"firstName": "Nobody"}]
result = marketo.execute(method="create_update_leads", leads=leads, lookupField="email")
assert [one["status"] for one in result] == ["created", "updated", "skipped"], result
emmy, ada = result[0]["id"], result[1]["id"]
found = marketo.execute(
    method="get_multiple_leads_by_filter_type", filterType="email", filterValues=["emmy@example.com", "ada@example.com"], fields=["email", "title"]
)
assert {one["id"] for one in found} == {emmy, ada}, found
assert marketo.execute(method="get_lead_by_id", id=ada, fields=["title"])[0]["title"] == "Countess"
try:
    marketo.execute(method="get_lead_by_id", id=ada, fields=["shoeSize"])
    raise SystemExit("a field that is none was taken")
except Exception as error:
    assert error.args[0]["code"] == "1006", error

# Programs and channels.
program = marketo.execute(method="get_program_by_name", name="Spring Webinar")[0]
assert program["channel"] == "Webinar" and "costs" not in program, program
assert [cost["cost"] for cost in marketo.execute(method="get_program_by_id", id=program["id"])[0]["costs"]] == [1500, 500]
assert {one["name"] for one in marketo.execute(method="browse_programs", maxReturn=1)} == {"Spring Webinar", "Hannover Fair"}
channel = marketo.execute(method="get_channel_by_name", name="Webinar")[0]
assert [status["step"] for status in channel["progressionStatuses"]] == [0, 10, 20, 30, 40], channel
made = marketo.execute(
    method="create_program", folderId=7, folderType="Folder", name="Autumn Webinar", type="Event", channel="Webinar",
    tags={"Region": "APAC"}, costs=[{"startDate": "2026-09-01", "cost": 700}],
)[0]
assert made["costs"][0]["cost"] == 700 and made["tags"][0]["tagValue"] == "APAC", made

# Members: forward only.
token = marketo.execute(method="get_paging_token", sinceDatetime="2026-01-01")
change = lambda status: marketo.execute(method="change_lead_program_status", id=program["id"], leadIds=[ada, emmy], status=status)
assert [one["status"] for one in change("Attended")] == ["updated", "created"]
refused = change("Registered")
assert [one["status"] for one in refused] == ["skipped", "skipped"] and refused[0]["reasons"][0]["code"] == "1037", refused
members = marketo.execute(method="get_multiple_leads_by_program_id", programId=program["id"], fields=["email"])
assert {one["membership"]["progressionStatus"] for one in members} == {"Attended", "Invited"}, members

# Activities by paging token.
activities = marketo.execute(method="get_lead_activities", activityTypeIds=["104", "12"], nextPageToken=token)
moves = [one for one in activities if one["activityTypeId"] == 104 and one["primaryAttributeValueId"] == program["id"]]
last = {attribute["name"]: attribute["value"] for attribute in moves[-1]["attributes"]}
assert last["New Status"] == "Attended" and last["Old Status"] == "Not in Program" and last["Success"] is True, last
assert any(kind["id"] == 104 for kind in marketo.execute(method="get_activity_types"))
changes = marketo.execute(method="get_lead_changes", fields=["title"], sinceDatetime="2026-01-01")
assert any(field["newValue"] == "Countess" for change in changes for field in change["fields"]), changes

# Lists and deletion.
newsletter = marketo.execute(method="get_multiple_lists", name="Newsletter")[0]
assert len(marketo.execute(method="get_multiple_leads_by_list_id", listId=newsletter["id"])) == 2
assert marketo.execute(method="delete_lead", id=[emmy])[0]["status"] == "deleted"
gone = marketo.execute(method="get_deleted_leads", sinceDatetime="2026-01-01")
assert any(one["leadId"] == emmy for one in gone), gone

print("marketorestpython: fine")
