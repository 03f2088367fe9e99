#!/usr/bin/env python3
"""The reference script over lxml.  lxml_rival.py first|all RECORD IN OUT"""
import sys

from lxml import etree

import reference


def records(source, name):
    for _, element in etree.iterparse(source, tag='{*}' + name, huge_tree=True, remove_comments=True, remove_pis=True):
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


if __name__ == '__main__':
    reference.convert(*sys.argv[1:5], read=records)
