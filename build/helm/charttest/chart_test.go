// Package charttest renders the Helm chart and decodes what comes out strictly
// with the types of Kubernetes: a field that isn't there is an error.
package charttest

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

const (
	chart      = "../retable"
	kubernetes = "1.33.0" // Helm built from source thinks of an old one
)

// helm runs Helm, which build/helm.sh builds.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cache := os.Getenv("RET_CACHE")
	if cache == "" {
		cache = "../../../.cache"
	}
	found, err := filepath.Glob(filepath.Join(cache, "bin", "helm-v*"))
	if err != nil || len(found) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no Helm; build/helm.sh builds it")
		}
		t.Skip("there is no Helm; build/helm.sh builds it")
	}
	cmd := exec.Command(found[len(found)-1], args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

const bucket = "blobs=s3://bucket/main?endpoint=https://s3.example.org"

// rendered are the manifests by kind/name, decoded strictly.
func rendered(t *testing.T, set ...string) map[string]any {
	t.Helper()
	args := []string{"template", "r", chart, "--kube-version", kubernetes, "--set-string", bucket}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	out, err := helm(t, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all := map[string]any{}
	for _, doc := range strings.Split(out, "\n---") {
		var head struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if err := yaml.Unmarshal([]byte(doc), &head); err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if head.Kind == "" {
			continue
		}
		object := typed(head.Kind)
		if object == nil {
			t.Errorf("nobody knows the kind %s", head.Kind)
			continue
		}
		if err := yaml.UnmarshalStrict([]byte(doc), object); err != nil {
			t.Errorf("%s %s: %v", head.Kind, head.Metadata.Name, err)
		}
		all[head.Kind+"/"+head.Metadata.Name] = object
	}
	return all
}

func typed(kind string) any {
	switch kind {
	case "Deployment":
		return &appsv1.Deployment{}
	case "HorizontalPodAutoscaler":
		return &autoscalingv2.HorizontalPodAutoscaler{}
	case "Job":
		return &batchv1.Job{}
	case "Service":
		return &corev1.Service{}
	case "ServiceAccount":
		return &corev1.ServiceAccount{}
	case "NetworkPolicy":
		return &networkingv1.NetworkPolicy{}
	case "Ingress":
		return &networkingv1.Ingress{}
	case "PodDisruptionBudget":
		return &policyv1.PodDisruptionBudget{}
	case "ServiceMonitor": // of the Prometheus operator; only its form is looked at
		return &map[string]any{}
	}
	return nil
}

func TestTheChartIsClean(t *testing.T) {
	out, err := helm(t, "lint", chart, "--strict", "--kube-version", kubernetes, "--set-string", bucket)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestTheBucketMustBeNamed(t *testing.T) {
	out, err := helm(t, "template", "r", chart, "--kube-version", kubernetes)
	if err == nil || !strings.Contains(out, "name the S3 bucket") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestEverythingIsThere(t *testing.T) {
	all := rendered(t, "ingress.enabled=true", "ingress.host=retable.example.org", "ingress.tlsSecret=tls", "serviceMonitor.enabled=true",
		"worker.queueAge.enabled=true", "networkPolicy.databaseCIDRs={10.1.0.0/16}", "networkPolicy.s3CIDRs={10.2.0.0/16}")
	for _, name := range []string{
		"Deployment/r-api", "Deployment/r-worker", "HorizontalPodAutoscaler/r-api", "HorizontalPodAutoscaler/r-worker", "PodDisruptionBudget/r-api",
		"PodDisruptionBudget/r-worker", "Job/r-migrate", "Service/r", "Service/r-metrics", "ServiceAccount/r", "NetworkPolicy/r", "Ingress/r", "ServiceMonitor/r",
	} {
		if all[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	hpa := all["HorizontalPodAutoscaler/r-worker"].(*autoscalingv2.HorizontalPodAutoscaler)
	if len(hpa.Spec.Metrics) != 2 || hpa.Spec.Metrics[1].External == nil || hpa.Spec.Metrics[1].External.Metric.Name != "retable_queue_age_seconds" {
		t.Errorf("the workers scale by %+v", hpa.Spec.Metrics)
	}
	for name, o := range rendered(t, "networkPolicy.enabled=false", "migrate.enabled=false") {
		if strings.HasPrefix(name, "NetworkPolicy/") || strings.HasPrefix(name, "Job/") {
			t.Errorf("%s was switched off: %v", name, o)
		}
	}
}

func TestContainersMayDoNothingButTheirWork(t *testing.T) {
	all := rendered(t)
	pods := map[string]corev1.PodSpec{"migrate": all["Job/r-migrate"].(*batchv1.Job).Spec.Template.Spec}
	for _, role := range []string{"api", "worker"} {
		d := all["Deployment/r-"+role].(*appsv1.Deployment)
		pods[role] = d.Spec.Template.Spec
		if d.Spec.Replicas != nil {
			t.Errorf("%s: the number of replicas is the autoscaler's", role)
		}
		for k, v := range d.Spec.Selector.MatchLabels {
			if d.Spec.Template.Labels[k] != v {
				t.Errorf("%s: its selector asks for %s=%s", role, k, v)
			}
		}
		c := d.Spec.Template.Spec.Containers[0]
		if c.LivenessProbe == nil || c.ReadinessProbe == nil || c.StartupProbe == nil {
			t.Errorf("%s: a probe is missing", role)
		}
		for _, p := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
			if !slices.ContainsFunc(c.Ports, func(x corev1.ContainerPort) bool { return x.Name == p.HTTPGet.Port.StrVal }) {
				t.Errorf("%s: a probe asks at the port %s", role, p.HTTPGet.Port.StrVal)
			}
		}
	}
	for name, p := range pods {
		c := p.Containers[0]
		s, ps := c.SecurityContext, p.SecurityContext
		if !*s.ReadOnlyRootFilesystem || *s.AllowPrivilegeEscalation || !slices.Contains(s.Capabilities.Drop, "ALL") || !*ps.RunAsNonRoot || *p.AutomountServiceAccountToken {
			t.Errorf("%s may do too much: %+v %+v", name, s, ps)
		}
		if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
			t.Errorf("%s has no resources", name)
		}
		for _, e := range c.Env {
			if strings.Contains(e.Name, "KEY") || e.Name == "RET_DATABASE" {
				if e.Value != "" || e.ValueFrom == nil || e.ValueFrom.SecretKeyRef.Name != "retable" {
					t.Errorf("%s: %s doesn't come from the secret", name, e.Name)
				}
			}
		}
	}
	hooks := all["Job/r-migrate"].(*batchv1.Job).Annotations
	if hooks["helm.sh/hook"] != "pre-install,pre-upgrade" {
		t.Errorf("the migration's hook is %q", hooks["helm.sh/hook"])
	}
}
