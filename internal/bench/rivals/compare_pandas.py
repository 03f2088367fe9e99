#!/usr/bin/env python3
"""pandas: an outer merge on id with an indicator.  compare_pandas.py A B"""
import json
import sys

import pandas

if __name__ == '__main__':
    left, right = (pandas.read_csv(path, dtype=str, keep_default_na=False) for path in sys.argv[1:3])
    merged = left.merge(right, on='id', how='outer', suffixes=('_a', '_b'), indicator=True)
    side = merged['_merge'].value_counts()
    both = merged[merged['_merge'] == 'both']
    differ = pandas.DataFrame({c: both[c + '_a'] != both[c + '_b'] for c in left.columns if c != 'id'})
    print(json.dumps({'added': int(side['right_only']), 'removed': int(side['left_only']),
                      'changed': int(differ.any(axis=1).sum()), 'cells': int(differ.values.sum())}))
