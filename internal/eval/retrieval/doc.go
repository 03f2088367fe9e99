// Package retrieval measures how well internal/index finds what a question is
// about: nDCG@10 and Recall@50 of words, meaning and their fusion, on generated
// tables in which it is known which rows and cards are relevant.
//
// The data are a shop's: customers, orders, invoices, products and 480 support
// tickets on 24 topics. Each topic's tickets are written in six ways; the
// questions about it are worded in two others, one that shares words with the
// tickets and one that shares none. Further questions name a customer, a code
// or a part of one, or are about a table. Everything is drawn from a fixed
// seed, so that figures can be compared over versions.
package retrieval
