#!/usr/bin/env python3
"""Makes people.csv, members.csv and events.jsonl: forty people and four weeks of March 2026, the same every time."""

import csv
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
chance = Random(20260319)

FIRST = "Ada Bram Coen Dina Else Finn Gijs Hanna Iris Joris Katja Lars Mila Noor Otto Pia Quin Rosa Sem Tessa".split()
LAST = "Akker Brug Dijk Geest Haven Kade Linde Molen Sluis Veer".split()
COMPANY = ["Bakkerij Zon", "Post aan de Gracht", "Blumen Weber", "Loodgieters Noord", "Atelier Rive", "Fruitkraam Oost"]
PLACES = [("NL", "Dutch")] * 5 + [("BE", "Dutch"), ("BE", "French"), ("DE", "German"), ("DE", "German"), ("FR", "French")]
PAGES = ["/", "/models", "/pricing", "/pricing/fleet", "/test-ride", "/blog/cities-without-vans"]

people, members, events = [], [], []


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def tell(moment, type_, person, **more):
    events.append((moment, {"at": text(moment), "type": type_, "person": person, **more}))


def activity(moment, person, name, **attributes):
    tell(moment, "activity", person, activity=name, attributes=attributes)


def some_time(first, last):
    """A moment of the working day between two days of March, in UTC."""
    day = datetime(2026, 3, chance.randint(first, last), tzinfo=timezone.utc)
    return day + timedelta(seconds=chance.randint(7 * 3600, 18 * 3600))


for number in range(1, 41):
    person = f"p{number:02}"
    first, last = FIRST[(number - 1) % 20], LAST[(number * 7) % 10]
    country, language = chance.choice(PLACES)
    known = number <= 32  # the others come in during March
    fields = {
        "Email Address": f"{first}.{last}@{chance.choice(['shop', 'post', 'craft'])}.test".lower(),
        "First Name": first if number % 9 else "",
        "Last Name": last,
        "Company Name": chance.choice(COMPANY),
        "Country": country,
        "Language": language,
        "Fleet Size": chance.choice(["", 1, 2, 4, 6, 12, 20]),
    }
    if number == 13:
        fields["Email Address"] = "spy@rivalbikes.test"
    if known:
        lifecycle = chance.choice(["New", "New", "Engaged", "Engaged", "Customer"])
        region = {"NL": "Benelux", "BE": "Benelux", "DE": "DACH"}.get(country, "Elsewhere")
        sfdc = chance.choice(["", "Lead", "Lead", "Contact"])
        score = chance.choice([0, 5, 10, 20, 30])
        people.append({"person": person, **fields, "Region": region, "Lifecycle": lifecycle, "Person Score": score, "SFDC Type": sfdc})
        if sfdc and number % 2:
            members.append({"person": person, "campaign": "Spring Webinar", "status": "Invited", "added": "2026-02-20T09:00:00Z"})
        born = datetime(2026, 3, 2, tzinfo=timezone.utc)
    else:
        born = some_time(3, 20)
        tell(born, "person", person, fields={name: value for name, value in fields.items() if value != ""})

    for _ in range(chance.randint(1, 6)):
        activity(max(born, some_time(2, 30)), person, "Visit Page", Page=chance.choice(PAGES))
    if chance.random() < 0.4:
        tell(max(born, some_time(3, 12)), "list.added", person, list="Newsletter")
        for mail in ["Nurture 1", "Nurture 2"][: chance.randint(0, 2)]:
            opened = max(born, some_time(13, 26))
            activity(opened, person, "Open Email", Email=mail)
            if chance.random() < 0.5:
                activity(opened + timedelta(seconds=40), person, "Click Link", Email=mail, Link="/test-ride")
    if chance.random() < 0.5:
        activity(max(born, some_time(4, 18)), person, "Fill Out Form", Form="Spring Webinar", Page="/blog/cities-without-vans")
        status = chance.choice(["Attended", "Attended", "No Show"])
        evening = datetime(2026, 3, 19, 17, 5, tzinfo=timezone.utc) + timedelta(seconds=number)
        if born < evening:
            tell(evening, "sfdc_campaign.status_changed", person, campaign="Spring Webinar", to=status)

tell(some_time(20, 20), "sfdc_campaign.removed", "p05", campaign="Spring Webinar")
tell(some_time(18, 18), "person", "p16", fields={"Unsubscribed": True})
tell(some_time(17, 17), "person", "p21", fields={"Fleet Size": 24})
activity(some_time(12, 12), "p23", "Email Bounced", Kind="hard")
activity(some_time(18, 18), "p02", "Email Bounced", Kind="soft")

events.sort(key=lambda event: event[0])
lines = [{"id": f"e{number:03}", **event} for number, (_, event) in enumerate(events, 1)]
for place in (40, 120):  # the mail server tells some things twice
    lines.insert(place + 6, lines[place])

for name, rows in (("people.csv", people), ("members.csv", members)):
    with open(HERE / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
(HERE / "events.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
