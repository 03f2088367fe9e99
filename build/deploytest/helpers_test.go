package deploytest

import (
	"os"
	"strings"
	"testing"

	"github.com/docker/go-units"
	"sigs.k8s.io/yaml"
)

// bytes reads 10GB as a power of ten and 10GiB as one of two.
func bytes(t *testing.T, size string) int64 {
	t.Helper()
	read := units.FromHumanSize
	if strings.HasSuffix(size, "iB") {
		read = units.RAMInBytes
	}
	n, err := read(size)
	if err != nil {
		t.Errorf("%q is no size: %v", size, err)
	}
	return n
}

// load decodes a YAML file strictly.
func load(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = yaml.UnmarshalStrict(raw, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
