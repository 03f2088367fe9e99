#!/usr/bin/env python3
"""The script that Retable replaces: records of an XML file to CSV.

  reference.py first|all RECORD IN.xml OUT.csv

'first' is the script as users have it: one pass, the header is the first
record's, so columns that appear later are lost, and a child is a list only
in the records where it repeats. 'all' is the good version: a first pass
collects every column and every repeating path, a second one writes them, so
the output is complete and of one form. Names are joined by '/', attributes
marked by '@', repeats are JSON arrays.
"""
import csv
import json
import sys
import xml.etree.ElementTree as ET


def local(name):
    return name.rpartition('}')[2]


def flatten(element, path, repeating):
    """Returns {column: text or nested list} of an element. Without a set of
    repeating paths, what repeats here is what repeats."""
    row = {}
    for name, value in element.attrib.items():
        row[path + '/@' + local(name) if path else '@' + local(name)] = value
    text = (element.text or '').strip()
    if len(element) == 0:
        row[path] = text
        return row
    if text or any((child.tail or '').strip() for child in element):
        row[path] = ''.join(element.itertext()).strip()
        return row
    groups = {}
    for child in element:
        groups.setdefault(child.tag, []).append(child)
    for tag, children in groups.items():
        p = path + '/' + local(tag) if path else local(tag)
        if (len(children) > 1) if repeating is None else (p in repeating):
            parts = [flatten(child, p, repeating) for child in children]
            for column in dict.fromkeys(c for part in parts for c in part):
                row[column] = [part.get(column) for part in parts]
        else:
            row.update(flatten(children[0], p, repeating))
    return row


def survey(element, path, columns, repeating):
    """Notes the columns and repeating paths of an element."""
    for name in element.attrib:
        columns[path + '/@' + local(name) if path else '@' + local(name)] = True
    text = (element.text or '').strip()
    if len(element) == 0 or text or any((child.tail or '').strip() for child in element):
        columns[path] = True
        return
    seen = set()
    for child in element:
        p = path + '/' + local(child.tag) if path else local(child.tag)
        if p in seen:
            repeating.add(p)
        seen.add(p)
        survey(child, p, columns, repeating)


def records(source, name):
    """Yields each record and forgets it afterwards."""
    events = ET.iterparse(source, events=('start', 'end'))
    _, root = next(events)
    for event, element in events:
        if event == 'end' and local(element.tag) == name:
            yield element
            element.clear()
            root.clear()


def cells(row):
    for column, value in row.items():
        if type(value) is list:
            row[column] = json.dumps(value, ensure_ascii=False, separators=(',', ':'))
    return row


def convert(mode, name, source, target, read=records):
    columns, repeating = {}, None
    if mode == 'all':
        repeating = set()
        for element in read(source, name):
            survey(element, '', columns, repeating)
    with open(target, 'w', newline='', encoding='utf-8') as out:
        writer = None
        for element in read(source, name):
            row = cells(flatten(element, '', repeating))
            if writer is None:
                writer = csv.DictWriter(out, columns or row, restval='', extrasaction='ignore')
                writer.writeheader()
            writer.writerow(row)


if __name__ == '__main__':
    convert(*sys.argv[1:5])
