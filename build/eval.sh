#!/usr/bin/env bash
# Evaluates the quality of results on real files, beyond what tests assert.
# Each evaluation says what it needs; one whose data is missing is named.
set -euo pipefail
cd "$(dirname "$0")/.."
tags=$(build/tags.sh)
ran=0

echo "corpus report: scans and converts every file of RET_CORPUS, counts what came out, writes docs/corpus.md"
if [[ -z ${RET_CORPUS:-} || ! -d $RET_CORPUS ]]; then
  echo "  not run: RET_CORPUS names no folder of XML files"
elif ! go test -tags "$tags" -list '^TestCorpusReport$' ./internal/e2e | grep -q '^TestCorpusReport$'; then
  echo "  not run: this version has no corpus report"
else
  go test -tags "$tags" -count=1 -timeout 60m -run '^TestCorpusReport$' ./internal/e2e -update
  ran=$((ran + 1))
fi

echo "comparison: pairs with known edits, precision and recall of what is found, writes docs/comparison-quality.md"
if [[ ! -d internal/eval ]]; then
  echo "  not run: this version has no evaluations"
elif [[ -z ${RET_CORPUS:-} || ! -f $RET_CORPUS/generate.py ]]; then
  echo "  not run: RET_CORPUS names no folder with generate.py"
elif ! command -v python3 >/dev/null; then
  echo "  not run: no python3 to run generate.py"
else
  go test -tags "$tags" -count=1 -timeout 60m -v -run '^TestComparisonQuality$' ./internal/eval -update
  ran=$((ran + 1))
fi

echo "answers: questions with known answers, writes docs/answer-quality.md"
go test -tags "$tags" -count=1 -timeout 60m -v -run '^TestAnswerQuality$' ./internal/eval/answers -update
ran=$((ran + 1))

echo "retrieval: nDCG@10 and Recall@50 of words, meaning and both, writes its part of docs/answer-quality.md"
if [[ $tags != *embedder* ]]; then
  echo "  words only: the embedder isn't built in, so the page keeps its table (build/embedder.sh makes it)"
  go test -tags "$tags" -count=1 -timeout 60m -v -run '^TestWordsFind' ./internal/eval/retrieval
else
  go test -tags "$tags" -count=1 -timeout 60m -v -run '^Test(MeaningHelps|WordsFind)' ./internal/eval/retrieval -update
fi
ran=$((ran + 1))

echo "$ran evaluations run"
(( ran > 0 ))
