#!/usr/bin/env python3
"""pandas.read_xml: attributes and direct children only, same-named children
overwritten.  pandas_rival.py RECORD IN OUT"""
import sys

import pandas

if __name__ == '__main__':
    name, source, target = sys.argv[1:4]
    frame = pandas.read_xml(source, xpath='.//*[local-name()="%s"]' % name, dtype=str)
    frame.to_csv(target, index=False)
