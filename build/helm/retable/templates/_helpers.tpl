{{- define "retable.name" -}}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{- end }}
{{- define "retable.labels" -}}
app.kubernetes.io/name: retable
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
{{- define "retable.selector" -}}
app.kubernetes.io/name: retable
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- /* The image of a role: (list . TAG). */ -}}
{{- define "retable.image" -}}
{{- $v := (index . 0).Values -}}
{{ $v.image.repository }}:{{ index . 1 | default $v.image.tag | default (index . 0).Chart.AppVersion }}
{{- end }}
{{- /* What every container of Retable may do: nothing but its work. */ -}}
{{- define "retable.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
{{- define "retable.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}
{{- /* Settings of a role: (list . ROLE). Workers get no key of the log-in. */ -}}
{{- define "retable.env" -}}
{{- $ := index . 0 -}}
{{- $secrets := $.Values.secrets -}}
{{- if ne (index . 1) "worker" }}{{ $secrets = merge (dict) $secrets $.Values.apiSecrets }}{{ end -}}
{{- range $name, $key := $secrets }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ required "existingSecret: name the Secret with the database's URL and the keys" $.Values.existingSecret }}
      key: {{ $key }}
      {{- if has $name $.Values.optionalSecrets }}
      optional: true
      {{- end }}
{{- end }}
- {name: RET_ROLE, value: {{ index . 1 }}}
- {name: RET_BLOBS, value: {{ required "blobs: name the S3 bucket, such as s3://bucket/prefix?endpoint=https://host" $.Values.blobs | quote }}}
- {name: RET_RUNTIME_ROOT, value: /data}
- {name: RET_ADDRESS, value: "0.0.0.0:8000"}
- {name: RET_METRICS_ADDRESS, value: "0.0.0.0:9000"}
{{- if not (hasKey $.Values.settings "RET_LIMITER") }}
- {name: RET_LIMITER, value: postgres}
{{- end }}
- {name: RET_TRUSTED_PROXIES, value: {{ join "," $.Values.trustedProxies | quote }}}
- {name: RET_SHUTDOWN_TIMEOUT, value: {{ $.Values.shutdownTimeout | quote }}}
{{- with $.Values.publicURL }}
- {name: RET_PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
{{- range $name, $value := $.Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}
