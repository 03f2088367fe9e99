package e2e

import "flag"

// update makes the tests that compare a committed file with what the code says
// write that file instead: go test ./internal/e2e -run NAME -update
var update = flag.Bool("update", false, "write the committed files that tests compare with")
