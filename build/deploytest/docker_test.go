package deploytest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

const docker = "../docker"

// project loads the compose file as `docker compose config` does.
func project(t *testing.T, profiles ...string) *types.Project {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{filepath.Join(docker, "compose.yaml")}, cli.WithProfiles(profiles), cli.WithConsistency(true), cli.WithNormalization(true))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheComposeFileHasAWholeInstallation(t *testing.T) {
	t.Parallel()
	p := project(t)
	for _, name := range []string{"migrate", "retable-1", "retable-2", "postgres", "s3", "prometheus", "alertmanager", "grafana", "otel"} {
		s, ok := p.Services[name]
		if !ok {
			t.Errorf("the service %s is missing", name)
			continue
		}
		if s.Build == nil && (!strings.Contains(s.Image, ":") || strings.HasSuffix(s.Image, ":latest")) {
			t.Errorf("%s: the image %q has no version", name, s.Image)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s listens to everybody: %+v", name, port)
			}
		}
		for _, v := range s.Volumes {
			if v.Type == "bind" {
				if _, err := os.Stat(v.Source); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	if _, ok := p.Services["redis"]; ok {
		t.Error("Redis is there without its profile")
	}
	if _, ok := project(t, "redis").Services["redis"]; !ok {
		t.Error("Redis is missing in its profile")
	}
	for _, name := range []string{"retable-1", "retable-2"} {
		s := p.Services[name]
		if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.MemLimit == 0 {
			t.Errorf("%s may do too much", name)
		}
		if s.DependsOn["migrate"].Condition != types.ServiceConditionCompletedSuccessfully {
			t.Errorf("%s doesn't wait for the migration", name)
		}
		for key, value := range s.Environment {
			if strings.HasSuffix(key, "_KEY") && key != "RET_S3_ACCESS_KEY" || key == "RET_DATABASE" {
				t.Errorf("%s: the secret %s stands in the file ; read it from one: %s_FILE", name, key, key)
			}
			if strings.HasSuffix(key, "_FILE") && !slices.ContainsFunc(s.Secrets, func(x types.ServiceSecretConfig) bool { return "/run/secrets/"+x.Source == *value }) {
				t.Errorf("%s: nobody gives it %s", name, *value)
			}
		}
	}
}

func TestTheCollectorsConfigurationHoldsTogether(t *testing.T) {
	t.Parallel()
	var c struct {
		Receivers  map[string]any `json:"receivers"`
		Processors map[string]any `json:"processors"`
		Exporters  map[string]any `json:"exporters"`
		Extensions map[string]any `json:"extensions"`
		Service    struct {
			Pipelines map[string]struct {
				Receivers  []string `json:"receivers"`
				Processors []string `json:"processors"`
				Exporters  []string `json:"exporters"`
			} `json:"pipelines"`
		} `json:"service"`
	}
	load(t, filepath.Join(docker, "otel.yaml"), &c)
	if len(c.Service.Pipelines) == 0 {
		t.Error("there is no pipeline")
	}
	in := func(where map[string]any, names []string) {
		for _, n := range names {
			if _, ok := where[n]; !ok {
				t.Errorf("a pipeline names %s, which isn't there", n)
			}
		}
	}
	for _, p := range c.Service.Pipelines {
		in(c.Receivers, p.Receivers)
		in(c.Processors, p.Processors)
		in(c.Exporters, p.Exporters)
	}
	// What the image "otel/opentelemetry-collector" is made of.
	for _, known := range []struct {
		have map[string]any
		may  []string
	}{
		{c.Receivers, []string{"otlp", "zipkin", "jaeger", "prometheus", "kafka", "hostmetrics", "opencensus"}},
		{c.Processors, []string{"batch", "memory_limiter", "attributes", "resource", "filter", "span", "probabilistic_sampler"}},
		{c.Exporters, []string{"debug", "otlp", "otlphttp", "file", "kafka", "zipkin", "prometheus", "prometheusremotewrite", "opencensus", "nop"}},
	} {
		for name := range known.have {
			if kind, _, _ := strings.Cut(name, "/"); !slices.Contains(known.may, kind) {
				t.Errorf("the collector knows no %s", name)
			}
		}
	}
}

func TestTheImageIsSmallAndHasNoRights(t *testing.T) {
	t.Parallel()
	f, err := os.Open(filepath.Join(docker, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	parsed, err := parser.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range parsed.Warnings {
		t.Errorf("%s (%s)", w.Short, w.URL)
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	last := stages[len(stages)-1]
	if len(stages) < 3 || last.BaseName != "scratch" {
		t.Errorf("%d stages, the last of %s", len(stages), last.BaseName)
	}
	var user, entry, stop string
	for i, s := range stages {
		if s.BaseName != "scratch" && (!strings.Contains(s.BaseName, ":") || strings.HasSuffix(s.BaseName, ":latest")) {
			t.Errorf("stage %d: %s has no version", i, s.BaseName)
		}
		for _, command := range s.Commands {
			switch c := command.(type) {
			case *instructions.CopyCommand:
				for _, source := range c.SourcePaths {
					if _, err := os.Stat(filepath.Join("../..", source)); c.From == "" && err != nil {
						t.Errorf("stage %d copies what isn't there: %v", i, err)
					}
				}
			case *instructions.AddCommand:
				t.Errorf("stage %d: COPY instead of ADD", i)
			case *instructions.UserCommand:
				user = c.User
			case *instructions.EntrypointCommand:
				entry = strings.Join(c.CmdLine, " ")
				if c.PrependShell {
					t.Error("there is no shell to start the program with")
				}
			case *instructions.StopSignalCommand:
				stop = c.Signal
			}
		}
	}
	if user != "10001:10001" || entry != "/retable" || stop != "SIGTERM" {
		t.Errorf("user %q, entry point %q, stop signal %q", user, entry, stop)
	}
}
