#!/usr/bin/env python3
"""The script one writes oneself: a dict of rows by id.  compare_dict.py A B"""
import csv
import json
import sys


def table(path):
    with open(path, encoding='utf-8', newline='') as source:
        return {row['id']: row for row in csv.DictReader(source)}


if __name__ == '__main__':
    left, right = table(sys.argv[1]), table(sys.argv[2])
    changed = cells = 0
    for key in left.keys() & right.keys():
        old, new = left[key], right[key]
        n = sum(old[column] != new[column] for column in old)
        changed += n > 0
        cells += n
    print(json.dumps({'added': len(right.keys() - left.keys()), 'removed': len(left.keys() - right.keys()),
                      'changed': changed, 'cells': cells}))
