// Generated from docs/api/openapi.json by `npm run apidoc`; do not edit.

export interface paths {
    "/api/admin/audit-logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The audit log, newest first */
        get: operations["auditLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit-logs/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A link to the whole log */
        post: operations["auditTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit-logs/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Is the log whole? */
        post: operations["verifyAudit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/cleanup/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a clean-up would remove */
        get: operations["previewCleanup"];
        put?: never;
        /** Remove sessions that nobody has used for so long */
        post: operations["cleanUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Faults, with their stacks */
        get: operations["errorEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Keys of this installation, without their secrets */
        get: operations["listKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/keys/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make fresh keys; the old ones stay good */
        post: operations["rotateKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Accept an old key no more */
        delete: operations["retireKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/logins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Log-ins of everybody */
        get: operations["adminLogins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/logins/{login_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one */
        delete: operations["adminEndLogin"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages for administrators */
        get: operations["adminNotices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures for operators */
        get: operations["stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a team */
        post: operations["createTeam"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/teams/{team_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a team */
        put: operations["updateTeam"];
        post?: never;
        /** Remove a team */
        delete: operations["deleteTeam"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users */
        get: operations["listUsers"];
        put?: never;
        /** Make a user */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One user */
        get: operations["getUser"];
        /** Change role, activity, lock */
        put: operations["updateUser"];
        post?: never;
        /** Remove a user */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{user_id}/force-logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End all log-ins of a user */
        post: operations["forceLogout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{user_id}/force-password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a user set a new password */
        post: operations["forcePasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{user_id}/lock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep a user out */
        post: operations["lockUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{user_id}/quota": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** What a user may keep */
        put: operations["setQuota"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{user_id}/reset-totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Turn off the second factor of who lost it */
        post: operations["resetTOTP"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{user_id}/unlock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a user in again */
        post: operations["unlockUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask a question
         * @description With `Accept: text/event-stream` the answer comes step by step. Closing the connection stops the model.
         */
        post: operations["chat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/chats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your conversations */
        get: operations["listChats"];
        put?: never;
        /** Begin one */
        post: operations["createChat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/chats/{chat_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove it */
        delete: operations["deleteChat"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/chats/{chat_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Its turns */
        get: operations["getMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Collections that you may see */
        get: operations["listCollections"];
        put?: never;
        /** Make one */
        post: operations["createCollection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/collections/{collection_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change one */
        put: operations["updateCollection"];
        post?: never;
        /** Remove one */
        delete: operations["deleteCollection"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/index": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Index a session for questions */
        post: operations["indexSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which model answers */
        get: operations["modelState"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/models/pull": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a provider download a model */
        post: operations["pullModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run one read-only statement of SQL on a session's tables */
        post: operations["query"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/artifacts/{artifact_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove an export, or tables that were taken over */
        delete: operations["deleteArtifact"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/artifacts/{artifact_id}/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A link to an artifact that works once */
        post: operations["artifactTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description The refresh token comes as the cookie `refresh_token`. 401 with the reason `totp_required`: send the same again with `code`.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End this log-in */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who am I? */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/oidc/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the provider sends people back to */
        get: operations["oidcCallback"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/oidc/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tie an account of the provider to yours */
        post: operations["oidcLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/oidc/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Log in by the provider */
        get: operations["oidcStart"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ways to log in */
        get: operations["loginOptions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change your password */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password-reset/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set a password by a link */
        post: operations["confirmPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password-reset/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask for a link to set a password */
        post: operations["requestPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Get the next access token by the cookie */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your log-ins */
        get: operations["listLogins"];
        put?: never;
        post?: never;
        /** End your log-ins, or all others */
        delete: operations["endLogins"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions/{login_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of your log-ins */
        delete: operations["endLogin"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make the first administrator by the set-up link */
        post: operations["setup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your personal access tokens */
        get: operations["listTokens"];
        put?: never;
        /** Make one */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke one */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin a second factor */
        post: operations["beginTOTP"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put it in force */
        post: operations["confirmTOTP"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/totp/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Turn it off */
        post: operations["disableTOTP"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/totp/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replace your recovery codes */
        post: operations["newRecoveryCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparison/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Compare two sessions */
        post: operations["compare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparison/pins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What people said about pairs of files */
        get: operations["listPins"];
        /** Say that two files belong together, or don't */
        put: operations["putPin"];
        post?: never;
        /** Take it back */
        delete: operations["deletePin"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparison/results/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The result, page by page, or a report */
        get: operations["comparisonResults"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparison/results/{job_id}/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A link to a report that works once */
        post: operations["reportTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparison/suggestions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Pairs worth comparing */
        get: operations["suggestComparisons"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparisons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Comparisons that you may see */
        get: operations["listComparisons"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparisons/{comparison_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One with its summary */
        get: operations["getComparison"];
        put?: never;
        post?: never;
        /** Remove it and its reports */
        delete: operations["deleteComparison"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparisons/{comparison_id}/tables/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One table with its columns and keys */
        get: operations["getDiffTable"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparisons/{comparison_id}/tables/{number}/find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The next row that has changed */
        get: operations["findChange"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comparisons/{comparison_id}/tables/{number}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Its rows side by side, by position */
        get: operations["getDiffRows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversion/convert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a session's tables
         * @description With `?wait=30s` the answer has the figures if it is done in time.
         */
        post: operations["convert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversion/download/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tables as a ZIP
         * @description Streamed, with `ETag` and `Range`. On S3 larger ones are a redirect.
         */
        get: operations["downloadTables"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversion/download/{session_id}/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A link to it that works once */
        post: operations["downloadTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversion/scan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a bundle and hear what is in it
         * @description A form with `file`, or the bundle itself as the body. What is large is profiled by the job `job_id`; names and number of the files come at once. `Content-Length` is needed, or `X-Content-SHA256`.
         */
        post: operations["scan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversion/status/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a conversion is */
        get: operations["conversionStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everything that concerns you
         * @description Server-sent events, read by fetch with the bearer token: `event:` is the kind, `data:` an AppEvent. Where the stream fails, ask `GET /api/jobs?active=true` every two seconds.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What everybody may know of this server */
        get: operations["info"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Jobs, newest first */
        get: operations["listJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One job */
        get: operations["getJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel it */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs/{job_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happens to it, until it is over */
        get: operations["jobEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs/{job_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try again what failed */
        post: operations["retryJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages for you */
        get: operations["listNotices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notices/{notice_id}/seen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mark a message as seen */
        post: operations["seeNotice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/recipes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your recipes */
        get: operations["listRecipes"];
        put?: never;
        /** Save a recipe */
        post: operations["createRecipe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/recipes/{recipe_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a recipe */
        put: operations["updateRecipe"];
        post?: never;
        /** Remove a recipe */
        delete: operations["deleteRecipe"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sessions that you may see */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/sample": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make the sample deliveries */
        post: operations["openSample"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One session */
        get: operations["getSession"];
        put?: never;
        post?: never;
        /** Remove it with all that was made of it */
        delete: operations["deleteSession"];
        options?: never;
        head?: never;
        /** Rename or pin it */
        patch: operations["updateSession"];
        trace?: never;
    };
    "/api/sessions/{session_id}/artifacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was made of it */
        get: operations["listArtifacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/dictionary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every column of every table */
        get: operations["getDictionary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write its tables in a format */
        post: operations["exportTables"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Its files */
        get: operations["listFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a bundle holds */
        get: operations["getInventory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What the tables would be with other options */
        post: operations["previewConversion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** That no value was lost */
        get: operations["getProof"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/source": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The XML that a row comes from */
        get: operations["getSource"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/structure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Elements and attributes of a kind of document */
        get: operations["getStructure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/tables": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A session's tables */
        get: operations["listTables"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/tables/{table_id}/columns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A table's columns */
        get: operations["listColumns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/tables/{table_id}/columns/{column_id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is in a column */
        get: operations["columnStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/tables/{table_id}/position": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where a row stands in a view */
        get: operations["getPosition"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/tables/{table_id}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rows of a table or of a view */
        get: operations["getRows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/tables/{table_id}/rows/{rid}/cells/{column_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A long value, piece by piece */
        get: operations["getCell"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/tables/{table_id}/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sort and filter once, then read by position
         * @description Closing the connection cancels.
         */
        post: operations["createView"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Settings that can be changed while the server runs */
        get: operations["getSettings"];
        /** Change them */
        put: operations["updateSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/shares/{resource}/{resource_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom something is shared with */
        get: operations["listShares"];
        /** Share it */
        put: operations["putShare"];
        post?: never;
        /** Take a share back */
        delete: operations["deleteShare"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/storage/presign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open an upload by name */
        post: operations["presign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your teams */
        get: operations["listTeams"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tickets/{ticket_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download by a link that works once */
        get: operations["redeemTicket"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a resumable upload */
        post: operations["createUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/uploads/{upload_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which parts have arrived */
        get: operations["getUpload"];
        put?: never;
        post?: never;
        /** Give an upload up */
        delete: operations["abortUpload"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/uploads/{upload_id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put the parts together */
        post: operations["completeUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/uploads/{upload_id}/parts/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Send one part
         * @description Raw bytes with `Content-Length`, and `X-Content-SHA256` to have them verified. In any order, again if need be.
         */
        put: operations["putPart"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/watches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Watched folders */
        get: operations["listWatches"];
        put?: never;
        /** Watch a folder of the server */
        post: operations["createWatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/watches/{watch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of them */
        get: operations["getWatch"];
        /** Change what happens there */
        put: operations["updateWatch"];
        post?: never;
        /** Watch it no more */
        delete: operations["deleteWatch"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/watches/{watch_id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of the files */
        get: operations["listWatchedFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/watches/{watch_id}/sweep": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Look now */
        post: operations["sweepWatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the process alive? */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is it ready to work? A needed part that is down answers 503 */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figures for Prometheus
         * @description For administrators, and for the token RET_METRICS_TOKEN. With RET_METRICS_ADDRESS it stands there instead.
         */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This description */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AccessToken: {
            created_at: string;
            /** @description Its time is over. */
            expired?: boolean;
            expires_at?: string;
            id: string;
            last_used_at?: string;
            name: string;
            scopes: ("read" | "write" | "ask" | "admin")[];
        };
        AccessTokenList: {
            items: components["schemas"]["AccessToken"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        Alive: {
            /** @enum {string} */
            status: "ok";
            version: string;
        };
        Answer: {
            answer: string;
            chart?: string;
            choices?: string[];
            citations: components["schemas"]["Citation"][];
            mode: string;
            question: string;
            result?: components["schemas"]["ResultTable"];
            /** @enum {string} */
            route: "computed" | "sql" | "search" | "abstain";
            searched?: string[];
            sql?: string;
            tables?: string[];
            warnings?: string[];
        };
        AnswerEvent: {
            answer?: components["schemas"]["Answer"];
            citation?: components["schemas"]["Citation"];
            /** @enum {string} */
            kind: "route" | "sql" | "rows" | "token" | "citation" | "warning" | "done" | "error";
            /** @description With error. */
            problem?: components["schemas"]["Problem"];
            result?: components["schemas"]["ResultTable"];
            /** @enum {string} */
            route?: "computed" | "sql" | "search" | "abstain";
            sql?: string;
            token?: string;
            warning?: string;
        };
        /** @description Says that something changed; who hears of it reads again. */
        AppEvent: {
            at: string;
            id?: string;
            /** Format: int64 */
            job_id?: number;
            /** @enum {string} */
            kind: "job" | "progress" | "session" | "comparison" | "watch" | "notice" | "resync";
            /**
             * Format: int64
             * @description Milliseconds that are left, about.
             */
            left_ms?: number;
            message?: string;
            /** Format: double */
            progress?: number;
            /**
             * Format: double
             * @description Per second, of what the job counts.
             */
            rate?: number;
            session_id?: string;
            /** @description Of the job, session or comparison. */
            state?: string;
        };
        Artifact: {
            /** Format: int64 */
            bytes: number;
            created_at: string;
            /** @description The version of Retable that made it. */
            engine?: string;
            format?: string;
            id: string;
            /**
             * Format: int64
             * @description The job that made it.
             */
            job_id?: number;
            /** @enum {string} */
            kind: "original" | "tables" | "export" | "legacy" | "report" | "profile" | "index" | "changes";
            media_type: string;
            name: string;
            /** @description The caller may remove it. */
            removable: boolean;
            sha256: string;
        };
        ArtifactList: {
            artifacts: components["schemas"]["Artifact"][];
        };
        AuditEntry: {
            action: string;
            actor?: string;
            actor_id?: string;
            addr?: string;
            at: string;
            correlation_id?: string;
            detail?: {
                [key: string]: unknown;
            };
            hash: string;
            /** @enum {string} */
            outcome: "ok" | "denied" | "failed";
            /** Format: int64 */
            seq: number;
            target?: string;
        };
        AuditEntryList: {
            items: components["schemas"]["AuditEntry"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        AuditVerdict: {
            /**
             * Format: int64
             * @description The first entry that doesn't follow from the one before it.
             */
            broken_at?: number;
            detail?: string;
            /** Format: int64 */
            entries: number;
            /** @description Of the last entry: write it down elsewhere */
            hash?: string;
            ok: boolean;
        };
        Cell: {
            /** Format: int64 */
            length: number;
            /** Format: int64 */
            offset: number;
            value: string | null;
        };
        CellRules: {
            as_text?: boolean;
            collapse_space?: boolean;
            ignore_case?: boolean;
            null_tokens?: string[];
            trim?: boolean;
        };
        Chat: {
            collection_id: string;
            created_at: string;
            id: string;
            title: string;
            updated_at: string;
        };
        ChatList: {
            items: components["schemas"]["Chat"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        ChatMessage: {
            answer?: components["schemas"]["Answer"];
            at: string;
            /** Format: int64 */
            number: number;
            /** @enum {string} */
            role: "user" | "assistant";
            text: string;
        };
        ChatMessages: {
            messages: components["schemas"]["ChatMessage"][];
        };
        Citation: {
            columns?: string[];
            excerpt?: string;
            file?: string;
            /** Format: int64 */
            line?: number;
            /**
             * Format: int64
             * @description The mark [n] in the answer.
             */
            n: number;
            /**
             * Format: int64
             * @description Row id in the table, from 1.
             */
            row?: number;
            rows?: number[];
            session?: string;
            sha256?: string;
            sql?: string;
            table: string;
            /** Format: int64 */
            total?: number;
            xpath?: string;
        };
        CleanupPreview: {
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            comparisons: number;
            sessions: components["schemas"]["CleanupSession"][];
            /** Format: int64 */
            total: number;
        };
        CleanupSession: {
            /** Format: int64 */
            bytes: number;
            id: string;
            name: string;
            owner: string;
            used_at: string;
        };
        Collection: {
            created_at: string;
            id: string;
            /** @enum {string} */
            index_state: "none" | "building" | "ready" | "stale";
            /** Format: int64 */
            indexed_chunks: number;
            /** Format: int64 */
            job_id?: number;
            name: string;
            owner_id: string;
            /** @description Session ids. */
            sessions: string[];
            shared: boolean;
            updated_at: string;
            /** @description Meaning vectors exist beside full text. */
            vectors: boolean;
        };
        CollectionList: {
            collections: components["schemas"]["Collection"][];
        };
        ColumnInfo: {
            /** Format: int64 */
            distinct: number;
            examples?: string[];
            /** @enum {string} */
            form: "scalar" | "list" | "json" | "xml";
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            longest?: number;
            max?: string;
            min?: string;
            name: string;
            /** Format: int64 */
            nulls: number;
            /** @enum {string} */
            role: "data" | "bookkeeping";
            /** @enum {string} */
            type: "any" | "boolean" | "integer" | "number" | "date" | "datetime" | "time" | "string";
            view?: string;
            xpath: string;
        };
        ColumnList: {
            columns: components["schemas"]["ColumnInfo"][];
        };
        ColumnStats: {
            /** Format: int64 */
            distinct: number;
            distinct_exact: boolean;
            /** Format: int64 */
            empty: number;
            /** @description Of numbers and dates. */
            histogram?: components["schemas"]["HistogramBin"][];
            /** Format: int64 */
            longest: number;
            max?: string;
            /** @description Exact, of numbers. */
            mean?: string;
            min?: string;
            /** Format: int64 */
            nulls: number;
            /** Format: int64 */
            rows: number;
            sum?: string;
            top: components["schemas"]["ValueCount"][];
        };
        ColumnTolerance: {
            /** @description Decimals. */
            abs?: string;
            column: string;
            rel?: string;
            /** Format: int64 */
            seconds?: number;
            table: string;
        };
        CompareOptions: {
            /** @description Files that do not. */
            apart?: string[][];
            collapse_space?: boolean;
            ignore?: components["schemas"]["TableColumns"][];
            ignore_case?: boolean;
            keyless?: string[];
            keys?: components["schemas"]["TableColumns"][];
            null_tokens?: string[];
            output?: string;
            /** @description Files that belong together, left and right. */
            pair?: string[][];
            recipe_ids?: string[];
            reports?: string[];
            tolerances?: components["schemas"]["ColumnTolerance"][];
            trim?: boolean;
        };
        CompareStarted: {
            comparison_id: string;
            /** Format: int64 */
            job_id: number;
        };
        ComparedRules: {
            /** @description For all columns. */
            cells?: components["schemas"]["CellRules"];
            /** @description For columns, besides. */
            columns?: {
                [key: string]: components["schemas"]["CellRules"];
            };
            ignore?: string[];
            key?: string[];
            keyless?: boolean;
            /** @description By column; decimals. */
            tolerances?: {
                [key: string]: components["schemas"]["RecipeTolerance"];
            };
        };
        Comparison: {
            /**
             * Format: int64
             * @description Without those of spelling alone.
             */
            changes: number;
            created_at: string;
            error?: string;
            id: string;
            /** Format: int64 */
            job_id: number;
            left_name: string;
            left_session_id: string;
            options: components["schemas"]["CompareOptions"];
            owner_id: string;
            right_name: string;
            right_session_id: string;
            shared: boolean;
            /** Format: double */
            similarity: number;
            /** @enum {string} */
            state: "QUEUED" | "RUNNING" | "SUCCESS" | "FAILED" | "CANCELLED";
            /** @description Only when a single comparison is asked for, and done. */
            summary?: components["schemas"]["ComparisonSummary"];
            updated_at: string;
        };
        ComparisonList: {
            items: components["schemas"]["Comparison"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        /** @description The engine's comparison/1. */
        ComparisonRecipeBody: {
            kind: string;
            /** @enum {string} */
            retable: "comparison/1";
            /** @description By name, or by pattern with * and ?. */
            tables: {
                [key: string]: components["schemas"]["ComparedRules"];
            };
        };
        /** @description The engine's comparison-summary/1. */
        ComparisonSummary: {
            certain: boolean;
            created?: string;
            files: components["schemas"]["FilePair"][];
            left: components["schemas"]["SummarySide"];
            /** Format: double */
            mean_similarity_of_files: number;
            notes?: string[];
            options: components["schemas"]["SummaryOption"][];
            retable: string;
            right: components["schemas"]["SummarySide"];
            same: boolean;
            /** Format: double */
            similarity: number;
            similarity_exact: string;
            tables: components["schemas"]["SummaryTable"][];
            totals: components["schemas"]["DiffTotals"];
            version?: string;
            waterfall: components["schemas"]["Waterfall"];
        };
        ConvertAnswer: {
            error?: string;
            /** Format: int64 */
            job_id: number;
            /** @description {tables, rows, values, proved, partial} */
            result?: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            status?: "QUEUED" | "RUNNING" | "SUCCESS" | "FAILED" | "CANCELLED";
        };
        ConvertOptions: {
            /** @enum {string} */
            entities?: "error" | "keep" | "html";
            explode?: string;
            join?: string;
            /** @enum {string} */
            lineage?: "none" | "line" | "full";
            /** @enum {string} */
            lists?: "json" | "join" | "spread";
            /** @enum {string} */
            mode?: "flat" | "relational";
            /** @description One per kind at most; they win over the rest. */
            recipes?: components["schemas"]["RecipeBody"][];
            records?: string[];
            separator?: string;
        };
        Delta: {
            cells: components["schemas"]["DeltaCell"][];
            file_a?: string;
            file_b?: string;
            key?: components["schemas"]["DeltaValue"][];
            /** Format: int64 */
            line_a?: number;
            /** Format: int64 */
            line_b?: number;
            /** Format: int64 */
            number: number;
            /** @enum {string} */
            op: "changed" | "added" | "removed" | "moved" | "format_only";
            /** Format: int64 */
            row_a?: number;
            /** Format: int64 */
            row_b?: number;
            table: string;
        };
        DeltaCell: {
            column: string;
            format_only?: boolean;
            new: string | null;
            old: string | null;
        };
        DeltaValue: {
            column: string;
            value: string | null;
        };
        Dictionary: {
            columns: components["schemas"]["DictionaryEntry"][];
        };
        DictionaryEntry: {
            /** Format: int64 */
            distinct: number;
            examples?: string[];
            /** @enum {string} */
            form: "scalar" | "list" | "json" | "xml";
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            longest?: number;
            max?: string;
            min?: string;
            name: string;
            /** Format: int64 */
            nulls: number;
            /** @enum {string} */
            role: "data" | "bookkeeping";
            table: string;
            /** Format: int64 */
            table_id: number;
            /** @enum {string} */
            type: "any" | "boolean" | "integer" | "number" | "date" | "datetime" | "time" | "string";
            view?: string;
            xpath: string;
        };
        DiffKey: {
            /** @description Empty: rows were matched by likeness, or by file. */
            columns: string[];
            /** Format: int64 */
            duplicates_left?: number;
            /** Format: int64 */
            duplicates_right?: number;
            given?: boolean;
            /** @enum {string} */
            scope?: "" | "table" | "file" | "parent" | "root";
            why?: string;
        };
        DiffPage: {
            /** Format: int64 */
            offset: number;
            rows: components["schemas"]["DiffRow"][];
            /** Format: int64 */
            total: number;
        };
        /** @description A row of the diff grid. `old` and `new` stand in the order of grid_columns; of a row that is the same only `new` is there. `marks` has one letter per column: `.` same, `c` changed, `f` spelling only, `a` only right, `r` only left. */
        DiffRow: {
            file_a?: string;
            file_b?: string;
            marks: string;
            new?: (string | null)[];
            old?: (string | null)[];
            /** @enum {string} */
            op: "same" | "changed" | "added" | "removed" | "moved" | "format_only";
            /**
             * Format: int64
             * @description Row ids from 1; absent where there is no row on the side.
             */
            rid_a?: number;
            /** Format: int64 */
            rid_b?: number;
        };
        /** @description One table of a comparison with what the grid needs. */
        DiffTable: {
            candidates?: components["schemas"]["KeyCandidate"][];
            /** Format: int64 */
            cells_changed: number;
            /** Format: int64 */
            cells_format_only: number;
            columns: components["schemas"]["SummaryColumn"][];
            grid_columns: components["schemas"]["GridColumn"][];
            key: components["schemas"]["DiffKey"];
            kind?: string;
            /**
             * Format: int64
             * @description Table ids within the sessions, for sources.
             */
            left_table_id?: number;
            name: string;
            notes?: string[];
            /** Format: int64 */
            number: number;
            only_left?: boolean;
            only_right?: boolean;
            right_name?: string;
            /** Format: int64 */
            right_table_id?: number;
            /** Format: int64 */
            rows_added: number;
            /** Format: int64 */
            rows_changed: number;
            /** Format: int64 */
            rows_format_only: number;
            /** Format: int64 */
            rows_matched: number;
            /** Format: int64 */
            rows_moved: number;
            /** Format: int64 */
            rows_removed: number;
            same: boolean;
            /** Format: double */
            similarity: number;
            waterfall: components["schemas"]["Waterfall"];
        };
        DiffTotals: {
            /** Format: int64 */
            cells_changed: number;
            /** Format: int64 */
            cells_format_only: number;
            /** Format: int64 */
            columns_added: number;
            /** Format: int64 */
            columns_removed: number;
            /** Format: int64 */
            columns_renamed: number;
            /** Format: int64 */
            files_added: number;
            /** Format: int64 */
            files_paired: number;
            /** Format: int64 */
            files_removed: number;
            /** Format: int64 */
            files_renamed: number;
            /** Format: int64 */
            files_same: number;
            /** Format: int64 */
            rows_added: number;
            /** Format: int64 */
            rows_changed: number;
            /** Format: int64 */
            rows_format_only: number;
            /** Format: int64 */
            rows_matched: number;
            /** Format: int64 */
            rows_moved: number;
            /** Format: int64 */
            rows_removed: number;
            /** Format: int64 */
            tables_added: number;
            /** Format: int64 */
            tables_paired: number;
            /** Format: int64 */
            tables_removed: number;
            /** Format: int64 */
            tables_same: number;
        };
        ErrorEvent: {
            at: string;
            /** @enum {string} */
            code: "invalid" | "unprocessable" | "unauthorized" | "forbidden" | "not_found" | "not_allowed" | "conflict" | "too_large" | "length_required" | "unsupported" | "rate_limited" | "busy" | "unavailable" | "cancelled" | "internal";
            correlation_id?: string;
            id: string;
            /** Format: int64 */
            job_id?: number;
            message: string;
            source: string;
            stack?: string;
            user_id?: string;
            username?: string;
        };
        ErrorEventList: {
            items: components["schemas"]["ErrorEvent"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        FieldError: {
            field: string;
            message: string;
        };
        FilePair: {
            /** Format: double */
            content_score?: number;
            left?: string;
            /** Format: double */
            margin?: number;
            /**
             * Format: double
             * @description Parts of the score, 0–1, where it was measured.
             */
            name_score?: number;
            partial?: boolean;
            right?: string;
            runner_up?: string;
            same: boolean;
            /** Format: double */
            schema_score?: number;
            /** Format: double */
            score?: number;
            /** Format: double */
            similarity: number;
            /**
             * @description How the files were paired.
             * @enum {string}
             */
            stage?: "" | "pinned" | "only" | "identical" | "path" | "basename" | "likeness";
        };
        FilePins: {
            pins: components["schemas"]["Pin"][];
        };
        Filter: {
            column: string;
            fold?: boolean;
            /** @enum {string} */
            op: "=" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "starts" | "null" | "not null" | "empty" | "in";
            value?: string;
            values?: string[];
        };
        FormatInfo: {
            extension: string;
            media_type: string;
            name: string;
            summary: string;
        };
        FoundChange: {
            /** Format: int64 */
            index: number;
        };
        GridColumn: {
            /** Format: int64 */
            cells_changed: number;
            /** @enum {string} */
            how: "exact" | "xpath" | "folded" | "renamed" | "removed" | "added" | "ignored";
            key: boolean;
            left?: string;
            right?: string;
            /** @enum {string} */
            type: "any" | "boolean" | "integer" | "number" | "date" | "datetime" | "time" | "string";
        };
        /** @description A row of a page; cells stand in the order of the page's columns. */
        GridRow: {
            cells: (string | null)[];
            /** @description Places (in cells) of values that were cut to `max_cell` characters. */
            cut?: number[];
            /** Format: int64 */
            rid: number;
        };
        Health: {
            checks: components["schemas"]["HealthCheck"][];
            /** @enum {string} */
            status: "ok" | "degraded" | "down";
            version: string;
        };
        HealthCheck: {
            detail?: string;
            /** Format: int64 */
            duration_ms: number;
            name: string;
            /** @enum {string} */
            status: "ok" | "degraded" | "down";
        };
        HistogramBin: {
            /** Format: int64 */
            count: number;
            from: string;
            to: string;
        };
        IndexStarted: {
            collection?: string;
            /** Format: int64 */
            indexed_chunks?: number;
            /** Format: int64 */
            job_id?: number;
        };
        /** @description What everybody may know, logged in or not. */
        Info: {
            /** @enum {string} */
            door: "server" | "desktop";
            formats: components["schemas"]["FormatInfo"][];
            /** Format: int64 */
            max_upload_bytes: number;
            oidc: components["schemas"]["OIDCProvider"][];
            /** Format: int64 */
            password_min: number;
            password_reset: boolean;
            reports: components["schemas"]["FormatInfo"][];
            /** @description No user exists yet; the set-up link that was printed at start is needed. */
            setup_required: boolean;
            version: string;
        };
        /** @description What a bundle holds, without the list of its files. */
        Inventory: {
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            elements: number;
            file_counts: {
                /** Format: int64 */
                ok: number;
                /** Format: int64 */
                partial: number;
                /** Format: int64 */
                refused: number;
                /** Format: int64 */
                skipped: number;
            };
            form: string;
            kinds: components["schemas"]["KindReport"][];
            name: string;
            /** Format: int64 */
            values: number;
            /** Format: int64 */
            warnings: number;
        };
        Job: {
            /** @description Jobs that come first. */
            after?: number[];
            /** Format: int64 */
            attempts: number;
            cancel_asked: boolean;
            comparison_id?: string;
            correlation_id?: string;
            created_at: string;
            /** @description Safe to show: the fault and the cure. */
            error?: string;
            /**
             * @description The class of the fault, as in a problem.
             * @enum {string}
             */
            error_code?: "invalid" | "unprocessable" | "unauthorized" | "forbidden" | "not_found" | "not_allowed" | "conflict" | "too_large" | "length_required" | "unsupported" | "rate_limited" | "busy" | "unavailable" | "cancelled" | "internal";
            finished_at?: string;
            /** Format: int64 */
            id: number;
            /** @enum {string} */
            job_type: "scan" | "convert" | "compare" | "index" | "export" | "cleanup" | "backup";
            /** Format: int64 */
            max_attempts: number;
            message: string;
            owner?: string;
            owner_id: string;
            /**
             * Format: double
             * @description 0–100.
             */
            progress: number;
            /** @description By type: scan {files, kinds, values}, convert {tables, rows, values, proved, partial}, compare {comparison_id, similarity, changes}, index {collection, indexed_chunks}, export {artifact_id, name, bytes}, cleanup {sessions, bytes}. */
            result?: {
                [key: string]: unknown;
            };
            run_at?: string;
            session_id?: string;
            /** @description For ops and admin. */
            stack?: string;
            started_at?: string;
            /** @enum {string} */
            status: "QUEUED" | "RUNNING" | "SUCCESS" | "FAILED" | "CANCELLED";
            /** @description What it is about, for people: the session's name, "A → B". */
            subject?: string;
            updated_at: string;
        };
        JobList: {
            items: components["schemas"]["Job"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        JobStarted: {
            /** Format: int64 */
            job_id: number;
        };
        JobStatus: {
            message: string;
            /** Format: double */
            progress: number;
            /** @enum {string} */
            status: "QUEUED" | "RUNNING" | "SUCCESS" | "FAILED" | "CANCELLED";
        };
        Key: {
            algorithm?: string;
            created_at?: string;
            current: boolean;
            id: string;
            /** @enum {string} */
            use: "signing" | "sealing";
        };
        KeyCandidate: {
            columns: string[];
            /** Format: double */
            overlap: number;
            /** @description Why it was not taken. */
            refused?: string;
            scope: string;
            /** Format: double */
            score: number;
            /** Format: double */
            unique: number;
        };
        KeyList: {
            items: components["schemas"]["Key"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        KindProof: {
            /** Format: int64 */
            accounted: number;
            /** Format: int64 */
            excluded?: number;
            /** Format: int64 */
            incomplete: number;
            kind: string;
            lost?: components["schemas"]["PathProof"][];
            /** Format: int64 */
            values: number;
        };
        KindReport: {
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            columns: number;
            confidence: string;
            /** Format: double */
            coverage: number;
            /** Format: int64 */
            files: number;
            /** @description Root element in Clark notation: {namespace}local. */
            kind: string;
            reason: string;
            records: string[];
            /** Format: int64 */
            rows: number;
            runner_up?: string;
            /** Format: double */
            runner_up_coverage?: number;
            tables: string[];
        };
        Login: {
            created_at: string;
            current: boolean;
            expires_at: string;
            id: string;
            ip: string;
            last_used_at: string;
            revoke_reason?: string;
            revoked_at?: string;
            user_agent: string;
            user_id: string;
            username?: string;
        };
        LoginList: {
            items: components["schemas"]["Login"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        LoginOptions: {
            oidc: boolean;
            oidc_name?: string;
            password: boolean;
            setup_needed?: boolean;
        };
        Me: {
            email?: string;
            /** @description False where a provider logs the person in. */
            has_password: boolean;
            id: string;
            local: boolean;
            login_id?: string;
            quota: components["schemas"]["Quota"];
            /** Format: int64 */
            recovery_codes_left: number;
            /** @enum {string} */
            role: "admin" | "ops" | "user";
            /** @description Of the token that was sent; a log-in has them all. */
            scopes: ("read" | "write" | "ask" | "admin")[];
            totp_enabled: boolean;
            usage: components["schemas"]["Usage"];
            username: string;
        };
        ModelInfo: {
            /** Format: int64 */
            bytes: number;
            chat: boolean;
            /** Format: int64 */
            context?: number;
            embed: boolean;
            family?: string;
            name: string;
        };
        ModelSettings: {
            api_version: string;
            base_url: string;
            chat_model: string;
            embed_model: string;
            key?: string;
            /** @enum {string} */
            provider: "none" | "ollama" | "openai" | "azure";
        };
        ModelState: {
            /** @description What to do, for people. */
            detail: string;
            embedder: string;
            /**
             * @description search: no language model.
             * @enum {string}
             */
            mode: "search" | "local" | "remote";
            /** @description Of the chat model, e.g. ollama/qwen2.5-coder:7b; empty in search mode. */
            model: string;
            providers: components["schemas"]["ProviderState"][];
            recommended: components["schemas"]["RecommendedModel"][];
            /** @description Whether an administrator lets rows leave this machine. */
            remote_allowed: boolean;
            /** @enum {string} */
            state: "ready" | "missing" | "down" | "none";
        };
        Notice: {
            at: string;
            id: string;
            kind: string;
            seen_at?: string;
            text: string;
        };
        NoticeList: {
            items: components["schemas"]["Notice"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        Notification: {
            at: string;
            expires_at?: string;
            id: string;
            kind: string;
            link?: string;
            seen_at?: string;
            text: string;
            user_id?: string;
            username?: string;
        };
        NotificationList: {
            items: components["schemas"]["Notification"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        OIDCBegun: {
            url: string;
        };
        OIDCProvider: {
            label: string;
            name: string;
            url: string;
        };
        PathProof: {
            /** Format: int64 */
            emitted: number;
            /** Format: int64 */
            expected: number;
            path: string;
            same_hash: boolean;
        };
        /** @description A person's word on a pair of files. A side that is empty has no counterpart. */
        Pin: {
            apart: boolean;
            left_path?: string;
            right_path?: string;
        };
        Position: {
            /** Format: int64 */
            position: number;
        };
        PresignedUpload: {
            /** @description url leads to the store: one PUT of the whole bundle, then complete */
            direct?: boolean;
            expires_at: string;
            /** @description Headers to send with it */
            fields: {
                [key: string]: string;
            };
            /** Format: int64 */
            part_bytes: number;
            parts_url: string;
            upload_id: string;
            /** @description One PUT of the whole bundle, up to part_bytes */
            url: string;
        };
        Preview: {
            /** @description What differs from the recipe in the documents at hand. */
            changes?: string[];
            confidence: string;
            /** Format: double */
            coverage: number;
            kind: string;
            reason: string;
            /** @description What the options say as a recipe, to be edited and saved. */
            recipe: components["schemas"]["RecipeBody"];
            records: string[];
            tables: components["schemas"]["PreviewTable"][];
        };
        PreviewColumn: {
            /** @enum {string} */
            form: "scalar" | "list" | "json" | "xml";
            name: string;
            path?: string;
            /** @enum {string} */
            role: "data" | "bookkeeping";
            /** @enum {string} */
            type: "any" | "boolean" | "integer" | "number" | "date" | "datetime" | "time" | "string";
            xpath: string;
        };
        PreviewTable: {
            columns: components["schemas"]["PreviewColumn"][];
            name: string;
            path: string;
            /**
             * Format: int64
             * @description From the profile, exact where it was complete.
             */
            rows: number;
            /** @description The first rows; null is a missing value. */
            sample: (string | null)[][];
        };
        Problem: {
            /**
             * @description The class, for programs
             * @enum {string}
             */
            code: "invalid" | "unprocessable" | "unauthorized" | "forbidden" | "not_found" | "not_allowed" | "conflict" | "too_large" | "length_required" | "unsupported" | "rate_limited" | "busy" | "unavailable" | "cancelled" | "internal";
            /** @description The log has more under this id */
            correlation_id: string;
            /** @description What is wrong here, and what helps */
            detail: string;
            /** @description The detail again, for clients that look for it here */
            error: string;
            /** @description What is wrong with which field */
            errors: components["schemas"]["FieldError"][];
            /** @description The case within the class, for programs */
            reason?: string;
            /**
             * Format: int64
             * @description Seconds after which it may work; also the Retry-After header
             */
            retry_after?: number;
            /**
             * Format: int64
             * @description Milliseconds after which it may work
             */
            retry_after_ms?: number;
            /**
             * Format: int64
             * @description HTTP status
             */
            status: number;
            /**
             * @description Always false
             * @enum {boolean}
             */
            success: false;
            /** @description The class in words */
            title: string;
            /** @description URI of the class: urn:retable:problem:{code} */
            type: string;
        };
        Proof: {
            /** Format: int64 */
            accounted: number;
            /** Format: int64 */
            excluded: number;
            holds: boolean;
            /** Format: int64 */
            incomplete: number;
            kinds: components["schemas"]["KindProof"][];
            /** Format: int64 */
            values: number;
        };
        ProviderSettings: {
            api_version: string;
            base_url: string;
            chat_model: string;
            embed_model: string;
            /** @description A key is kept; it is never sent back. */
            has_key: boolean;
            /**
             * @description none, ollama, openai, azure
             * @enum {string}
             */
            provider: "none" | "ollama" | "openai" | "azure";
        };
        ProviderState: {
            can_pull: boolean;
            configured: boolean;
            detail?: string;
            models: components["schemas"]["ModelInfo"][];
            /** @description ollama, openai, azure, embedded */
            name: string;
            reachable: boolean;
            remote: boolean;
        };
        PullProgress: {
            /** Format: int64 */
            done: number;
            /** @description With the last one, if it went wrong. */
            problem?: components["schemas"]["Problem"];
            status: string;
            /** Format: int64 */
            total: number;
        };
        QueueStats: {
            /** Format: int64 */
            count: number;
            /** @enum {string} */
            job_type: "scan" | "convert" | "compare" | "index" | "export" | "cleanup" | "backup";
            oldest?: string;
            /** @enum {string} */
            status: "QUEUED" | "RUNNING" | "SUCCESS" | "FAILED" | "CANCELLED";
        };
        /** @description 0 is no limit. */
        Quota: {
            /** Format: int64 */
            max_bytes: number;
            /** Format: int64 */
            max_sessions: number;
        };
        /** @description A bundle was taken: its session, and the last job that was enqueued for it. */
        Received: {
            /** @description The same content was there already; the existing session is returned. */
            existing?: boolean;
            /** Format: int64 */
            job_id: number;
            session_id: string;
        };
        Recipe: {
            body: components["schemas"]["RecipeBody"] | components["schemas"]["ComparisonRecipeBody"] | components["schemas"]["ComparisonRecipeBody"][];
            created_at: string;
            id: string;
            /** @description Empty: for all kinds. */
            kind: string;
            name: string;
            /** @enum {string} */
            purpose: "convert" | "compare";
            updated_at: string;
        };
        /** @description The choices for one kind of document: the engine's recipe/1. */
        RecipeBody: {
            explode?: string;
            join?: string;
            kind: string;
            /** @enum {string} */
            lists?: "json" | "join" | "spread";
            /** @enum {string} */
            mode: "flat" | "relational";
            only_listed?: boolean;
            records?: string[];
            repeating?: string[];
            /** @enum {string} */
            retable: "recipe/1";
            tables: {
                [key: string]: components["schemas"]["RecipeColumn"][];
            };
        };
        RecipeColumn: {
            drop?: boolean;
            /** @enum {string} */
            form?: "" | "list" | "json" | "xml";
            name?: string;
            xpath: string;
        };
        RecipeList: {
            items: components["schemas"]["Recipe"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        RecipeTolerance: {
            abs?: string;
            rel?: string;
            /** Format: int64 */
            seconds?: number;
        };
        RecommendedModel: {
            /** Format: int64 */
            bytes: number;
            name: string;
            summary: string;
        };
        RecoveryCodes: {
            recovery_codes: string[];
        };
        ResetForced: {
            reset_url?: string;
            /** @enum {boolean} */
            success: true;
        };
        ResultTable: {
            columns: string[];
            rows: string[][];
            truncated?: boolean;
            types?: string[];
        };
        Results: {
            changes: components["schemas"]["Delta"][];
            /** Format: int64 */
            changes_total: number;
            comparison_id: string;
            error?: string;
            files: components["schemas"]["FilePair"][];
            /** Format: int64 */
            files_total: number;
            /** Format: int64 */
            job_id: number;
            message: string;
            /** Format: int64 */
            next_offset?: number;
            notice?: string;
            /** Format: double */
            progress: number;
            same: boolean;
            /** Format: double */
            similarity: number;
            /** @enum {string} */
            status: "QUEUED" | "RUNNING" | "SUCCESS" | "FAILED" | "CANCELLED";
            tables: components["schemas"]["SummaryTable"][];
            /** Format: int64 */
            tables_total: number;
            totals?: components["schemas"]["DiffTotals"];
        };
        RowsPage: {
            /** @description Column ids. */
            columns: number[];
            /**
             * Format: int64
             * @description Of the first row.
             */
            offset: number;
            rows: components["schemas"]["GridRow"][];
            /**
             * Format: int64
             * @description Rows of the view.
             */
            total: number;
        };
        SampleSessions: {
            sessions: components["schemas"]["Received"][];
        };
        ScanResult: {
            files: components["schemas"]["ScannedFile"][];
            /**
             * Format: int64
             * @description The job that profiles what is large.
             */
            job_id?: number;
            session_id: string;
            /** Format: int64 */
            xml_count: number;
        };
        ScannedFile: {
            /** Format: int64 */
            bytes: number;
            error?: string;
            filename: string;
            kind?: string;
            path: string;
            /** Format: int64 */
            rows?: number;
            status?: string;
        };
        Session: {
            /** Format: int64 */
            bytes: number;
            created_at: string;
            engine?: string;
            error?: string;
            /** @description zip, xml, xml.gz ... */
            form: string;
            id: string;
            /**
             * Format: int64
             * @description The session's job that is not over.
             */
            job_id?: number;
            name: string;
            options?: components["schemas"]["ConvertOptions"];
            owner?: string;
            owner_id: string;
            /** @description Something of the bundle could not be read whole. */
            partial: boolean;
            /** @description The name without dates and numbers: deliveries of one series share it. */
            pattern: string;
            pinned: boolean;
            /** @description Every value of the documents was accounted for. */
            proved: boolean;
            /** Format: int64 */
            rows: number;
            /** @description Other sessions with the same content: a bundle that was dropped twice. */
            same_as?: string;
            sha256: string;
            shared: boolean;
            /** @enum {string} */
            state: "RECEIVED" | "SCANNING" | "SCANNED" | "CONVERTING" | "READY" | "FAILED" | "DELETING";
            /** Format: int64 */
            stored_bytes: number;
            /** Format: int64 */
            tables: number;
            updated_at: string;
            used_at: string;
            /** Format: int64 */
            values: number;
            watch_id?: string;
            /** Format: int64 */
            xml_count: number;
        };
        SessionList: {
            items: components["schemas"]["Session"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        Settings: {
            data_root: string;
            default_quota: components["schemas"]["Quota"];
            formula_guard: boolean;
            model: components["schemas"]["ProviderSettings"];
            notify_desktop: boolean;
            remote_models_allowed: boolean;
            /**
             * Format: int64
             * @description 0: for ever.
             */
            retention_days: number;
        };
        /** @description Names one of the two. */
        Share: {
            created_at?: string;
            team_id?: string;
            team_name?: string;
            user_id?: string;
            username?: string;
            write: boolean;
        };
        ShareList: {
            shares: components["schemas"]["Share"][];
        };
        Sort: {
            column: string;
            desc?: boolean;
        };
        SourceExcerpt: {
            encoding?: string;
            file: string;
            /** Format: int64 */
            file_id: number;
            /**
             * Format: int64
             * @description Line of the first segment's first character.
             */
            first_line: number;
            /** Format: int64 */
            line: number;
            /**
             * Format: int64
             * @description Bytes of the decompressed original.
             */
            offset: number;
            segments: components["schemas"]["SourceSegment"][];
            sha256?: string;
            /** @description The excerpt doesn't hold the whole row. */
            truncated: boolean;
            /** @description Of the cell if a column was asked for, or else of the row. */
            xpath: string;
        };
        SourceFile: {
            /** Format: int64 */
            bytes: number;
            code?: string;
            encoding?: string;
            error?: string;
            /** Format: int64 */
            id: number;
            kind?: string;
            path: string;
            /** Format: int64 */
            rows: number;
            sha256?: string;
            /** @enum {string} */
            status: "ok" | "partial" | "refused" | "skipped";
            /** Format: int64 */
            values: number;
            warnings?: string[];
        };
        SourceFileList: {
            items: components["schemas"]["SourceFile"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        /** @description A piece of an excerpt. */
        SourceSegment: {
            /** @enum {string} */
            mark: "none" | "row" | "cell";
            text: string;
        };
        Stats: {
            /**
             * Format: int64
             * @description -1: nobody knows.
             */
            free_bytes: number;
            queue: components["schemas"]["QueueStats"][];
            /** Format: int64 */
            rows: number;
            /** Format: int64 */
            sessions: number;
            /** Format: int64 */
            stored_bytes: number;
            /** Format: int64 */
            users: number;
        };
        /** @description An element or attribute of a kind's documents. */
        StructureNode: {
            /** @description Could be the record. */
            candidate: boolean;
            children?: components["schemas"]["StructureNode"][];
            /** Format: int64 */
            count: number;
            examples?: string[];
            /**
             * Format: int64
             * @description Greatest number of occurrences within one parent.
             */
            max: number;
            /** @description Children were left out: ask again with `under`. */
            more?: boolean;
            name: string;
            /** @enum {string} */
            node: "element" | "attribute";
            /** @description Absolute path from the root, attributes with @. */
            path: string;
            /** @description Is the record under the options in force. */
            record: boolean;
            /**
             * Format: double
             * @description Share of the kind's bytes below it.
             */
            share: number;
            /** @enum {string} */
            type?: "any" | "boolean" | "integer" | "number" | "date" | "datetime" | "time" | "string";
        };
        Success: {
            /** @enum {boolean} */
            success: true;
        };
        Suggestion: {
            left: components["schemas"]["Session"];
            /** @description For people: "Two deliveries of orders-*.zip, a month apart". */
            reason: string;
            right: components["schemas"]["Session"];
        };
        Suggestions: {
            suggestions: components["schemas"]["Suggestion"][];
        };
        SummaryColumn: {
            /** Format: int64 */
            cells_changed?: number;
            /** Format: int64 */
            cells_format_only?: number;
            /** @enum {string} */
            how: "exact" | "xpath" | "folded" | "renamed" | "removed" | "added" | "ignored";
            left?: string;
            /** @enum {string} */
            left_type?: "any" | "boolean" | "integer" | "number" | "date" | "datetime" | "time" | "string";
            /** Format: double */
            margin?: number;
            right?: string;
            /** @enum {string} */
            right_type?: "any" | "boolean" | "integer" | "number" | "date" | "datetime" | "time" | "string";
            /** Format: double */
            score?: number;
        };
        SummaryOption: {
            name: string;
            value: string;
        };
        SummarySide: {
            /** Format: int64 */
            files: number;
            form: string;
            name: string;
            problems?: string[];
            /** Format: int64 */
            tables: number;
        };
        /** @description A table in a summary. Its number is its place in the summary, from 1. */
        SummaryTable: {
            candidates?: components["schemas"]["KeyCandidate"][];
            /** Format: int64 */
            cells_changed: number;
            /** Format: int64 */
            cells_format_only: number;
            /** @description Those that have changes or are not plainly on both sides. */
            columns: components["schemas"]["SummaryColumn"][];
            key: components["schemas"]["DiffKey"];
            kind?: string;
            name: string;
            notes?: string[];
            only_left?: boolean;
            only_right?: boolean;
            right_name?: string;
            /** Format: int64 */
            rows_added: number;
            /** Format: int64 */
            rows_changed: number;
            /** Format: int64 */
            rows_format_only: number;
            /** Format: int64 */
            rows_matched: number;
            /** Format: int64 */
            rows_moved: number;
            /** Format: int64 */
            rows_removed: number;
            same: boolean;
            /** Format: double */
            similarity: number;
            waterfall: components["schemas"]["Waterfall"];
        };
        TOTPSetup: {
            /** @description data:image/png;base64,… */
            qr: string;
            secret: string;
            /** @description otpauth://… */
            uri: string;
        };
        TableColumns: {
            columns: string[];
            /** @description Empty: all tables that have the columns. */
            table: string;
        };
        TableInfo: {
            /** Format: int64 */
            columns: number;
            /**
             * Format: int64
             * @description Its place, from 1.
             */
            id: number;
            kind: string;
            name: string;
            parent?: string;
            path: string;
            /** Format: int64 */
            rows: number;
            /** @description Its name in SQL. */
            view: string;
        };
        TableList: {
            tables: components["schemas"]["TableInfo"][];
        };
        Team: {
            created_at: string;
            id: string;
            members: components["schemas"]["TeamMember"][];
            name: string;
        };
        TeamList: {
            teams: components["schemas"]["Team"][];
        };
        TeamMember: {
            user_id: string;
            username: string;
        };
        TicketURL: {
            name: string;
            url: string;
        };
        TokenCreated: {
            access_token: components["schemas"]["AccessToken"];
            token: string;
        };
        TokenResponse: {
            access_token: string;
            /**
             * Format: int64
             * @description Seconds
             */
            expires_in?: number;
            /** @description Only with RET_REFRESH_IN_BODY */
            refresh_token?: string;
            /** @enum {string} */
            token_type: "bearer";
        };
        Upload: {
            /** Format: int64 */
            bytes: number;
            expires_at: string;
            filename: string;
            id: string;
            /**
             * Format: int64
             * @description Each part is so long; the last one is shorter.
             */
            part_bytes: number;
            parts: components["schemas"]["UploadPart"][];
            session_id?: string;
            /** @enum {string} */
            state: "OPEN" | "VERIFYING" | "COMPLETE" | "ABORTED" | "EXPIRED";
        };
        UploadPart: {
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            number: number;
            sha256: string;
        };
        Usage: {
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            sessions: number;
        };
        User: {
            created_at: string;
            email?: string;
            has_password: boolean;
            id: string;
            is_active: boolean;
            is_locked: boolean;
            last_login_at?: string;
            must_reset: boolean;
            /** @description Absent: the default holds. */
            quota?: components["schemas"]["Quota"];
            /** @enum {string} */
            role: "admin" | "ops" | "user";
            totp_enabled: boolean;
            usage: components["schemas"]["Usage"];
            username: string;
        };
        UserCreated: {
            setup_url?: string;
            user: components["schemas"]["User"];
        };
        UserList: {
            items: components["schemas"]["User"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        ValueCount: {
            /** Format: int64 */
            count: number;
            value: string;
        };
        ViewInfo: {
            /** Format: int64 */
            rows: number;
            view_id: string;
        };
        Watch: {
            active: boolean;
            counts: {
                /** Format: int64 */
                done: number;
                /** Format: int64 */
                failed: number;
                /** Format: int64 */
                queued: number;
                /** Format: int64 */
                repeated: number;
                /** Format: int64 */
                waiting: number;
            };
            created_at: string;
            dir: string;
            error?: string;
            id: string;
            options: components["schemas"]["WatchOptions"];
            owner_id: string;
            /** @enum {string} */
            state: "watching" | "missing" | "failed";
            swept_at?: string;
            updated_at: string;
        };
        WatchList: {
            watches: components["schemas"]["Watch"][];
        };
        WatchOptions: {
            compare?: boolean;
            /** @enum {string} */
            entities?: "error" | "keep" | "html";
            explode?: string;
            formats?: string[];
            index?: string;
            join?: string;
            /** @enum {string} */
            lineage?: "none" | "line" | "full";
            /** @enum {string} */
            lists?: "json" | "join" | "spread";
            marks?: boolean;
            /** @enum {string} */
            mode?: "flat" | "relational";
            output?: string;
            pattern?: string;
            recipes?: components["schemas"]["RecipeBody"][];
            records?: string[];
            report?: string[];
            separator?: string;
            /** Format: int64 */
            settle_s?: number;
        };
        WatchedFile: {
            /** Format: int64 */
            bytes: number;
            error?: string;
            /** Format: int64 */
            job_id?: number;
            path: string;
            seen_at: string;
            session_id?: string;
            /** @enum {string} */
            state: "waiting" | "queued" | "done" | "failed" | "repeated";
            updated_at: string;
        };
        WatchedFileList: {
            items: components["schemas"]["WatchedFile"][];
            next?: string;
            /** Format: int64 */
            total: number;
        };
        Waterfall: {
            /** Format: double */
            added_columns: number;
            /** Format: double */
            added_rows: number;
            /** Format: double */
            changed_cells: number;
            /** Format: double */
            removed_columns: number;
            /** Format: double */
            removed_rows: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    auditLog: {
        parameters: {
            query?: {
                action?: string;
                /** @description Id or name of a user */
                actor?: string;
                /** @description RFC 3339 */
                after?: string;
                /** @description RFC 3339 */
                before?: string;
                cursor?: string;
                limit?: number;
                outcome?: "ok" | "denied" | "failed";
                target?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntryList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    auditTicket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    format: "csv" | "jsonl";
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketURL"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyAudit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerdict"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewCleanup: {
        parameters: {
            query: {
                unused_days: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CleanupPreview"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cleanUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: int64 */
                    unused_days: number;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobStarted"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    errorEvents: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                search?: string;
                source?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorEventList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    algorithm?: "HS256" | "EdDSA" | "RS256";
                    sealing?: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retireKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    adminLogins: {
        parameters: {
            query?: {
                active?: boolean;
                cursor?: string;
                limit?: number;
                user_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    adminEndLogin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                login_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    adminNotices: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                unseen?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createTeam: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    members: string[];
                    name: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateTeam: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                team_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    members: string[];
                    name: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteTeam: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                team_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                cursor?: string;
                is_active?: boolean;
                is_locked?: boolean;
                limit?: number;
                role?: "admin" | "ops" | "user";
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email?: string;
                    /** @description For scripts; without it the user gets a link */
                    password?: string;
                    /** @enum {string} */
                    role?: "admin" | "ops" | "user";
                    username: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserCreated"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    email?: string;
                    is_active?: boolean;
                    is_locked?: boolean;
                    /** @enum {string} */
                    role?: "admin" | "ops" | "user";
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteUser: {
        parameters: {
            query?: {
                /** @description Id of the user who gets what they own */
                transfer_to?: string;
            };
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forceLogout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description The personal access tokens too */
                    tokens?: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forcePasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResetForced"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    lockUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setQuota: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: int64 */
                    max_bytes: number;
                    /** Format: int64 */
                    max_sessions: number;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resetTOTP: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unlockUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    chat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    chat_id?: string;
                    collection?: string;
                    question: string;
                    session_id?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer"];
                    "text/event-stream": components["schemas"]["AnswerEvent"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listChats: {
        parameters: {
            query?: {
                collection_id?: string;
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createChat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    collection_id: string;
                    title?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chat"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteChat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMessages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatMessages"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCollections: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createCollection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    sessions: string[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    sessions: string[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    indexSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    collection: string;
                    session_id: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IndexStarted"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    modelState: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelState"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pullModel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    provider: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["PullProgress"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    query: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    session_id: string;
                    sql: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultTable"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteArtifact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                artifact_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    artifactTicket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                artifact_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketURL"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Six digits of the authenticator, or a recovery code */
                    code?: string;
                    password: string;
                    username: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenResponse"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    refresh_token?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    oidcCallback: {
        parameters: {
            query?: {
                state?: string;
                code?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    oidcLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OIDCBegun"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    oidcStart: {
        parameters: {
            query?: {
                /** @description Page of this server to go on with */
                return_to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    loginOptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginOptions"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    new_password: string;
                    old_password: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    new_password: string;
                    token: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requestPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    username: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    refresh_token?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenResponse"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLogins: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endLogins: {
        parameters: {
            query?: {
                keep_current?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endLogin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                login_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email?: string;
                    password: string;
                    token: string;
                    username: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenResponse"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessTokenList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: int64 */
                    expires_in_days?: number;
                    name: string;
                    never_expires?: boolean;
                    scopes: ("read" | "write" | "ask" | "admin")[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenCreated"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    beginTOTP: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TOTPSetup"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmTOTP: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    code: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    disableTOTP: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    code: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    newRecoveryCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    compare: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    left_session_id: string;
                    options?: components["schemas"]["CompareOptions"];
                    right_session_id: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CompareStarted"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPins: {
        parameters: {
            query: {
                left_session_id: string;
                right_session_id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FilePins"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putPin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    apart: boolean;
                    left_path?: string;
                    left_session_id: string;
                    right_path?: string;
                    right_session_id: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pin"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deletePin: {
        parameters: {
            query: {
                apart?: boolean;
                left_path?: string;
                left_session_id: string;
                right_path?: string;
                right_session_id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    comparisonResults: {
        parameters: {
            query?: {
                /** @description html, xlsx, csv ...: a report instead of JSON */
                format?: string;
                /** @description Files, tables and changes per page; 100 if absent */
                limit?: number;
                offset?: number;
                /** @description Of files and tables */
                only?: "changed" | "same" | "added" | "removed";
                /** @description Changes of this op alone: changed, added, removed, moved, format_only; several by commas */
                op?: string;
                /** @description Part of a path or of a table's name: of files and tables */
                search?: string;
                /** @description Changes of this table alone: its name on either side, or its number */
                table?: string;
            };
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                    "application/octet-stream": string;
                    "text/html": string;
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reportTicket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    format: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketURL"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    suggestComparisons: {
        parameters: {
            query?: {
                session_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Suggestions"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listComparisons: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                session_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ComparisonList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getComparison: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                comparison_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteComparison: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                comparison_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDiffTable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                comparison_id: string;
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DiffTable"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findChange: {
        parameters: {
            query: {
                /** @description Only rows whose value differs in this column, named as on either side */
                column?: string;
                direction: "next" | "previous";
                /** @description A row's index in the same list; -1 stands before the first */
                from: number;
                /** @description Only rows whose op isn't same */
                only_changes?: boolean;
                /** @description same, changed, added, removed, moved, format_only; several by commas */
                ops?: string;
                /** @description Only rows in which a value of either side contains the text, ignoring case */
                search?: string;
            };
            header?: never;
            path: {
                comparison_id: string;
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundChange"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDiffRows: {
        parameters: {
            query?: {
                /** @description Only rows whose value differs in this column, named as on either side */
                column?: string;
                limit?: number;
                max_cell?: number;
                offset?: number;
                /** @description Only rows whose op isn't same */
                only_changes?: boolean;
                /** @description same, changed, added, removed, moved, format_only; several by commas */
                ops?: string;
                /** @description Only rows in which a value of either side contains the text, ignoring case */
                search?: string;
            };
            header?: never;
            path: {
                comparison_id: string;
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DiffPage"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    convert: {
        parameters: {
            query?: {
                /** @description How long to wait for the end, such as 30s; a minute at most */
                wait?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    options?: components["schemas"]["ConvertOptions"];
                    session_id: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConvertAnswer"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    downloadTables: {
        parameters: {
            query?: {
                format?: string;
            };
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    downloadTicket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    format?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketURL"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    scan: {
        parameters: {
            query?: {
                /** @description Name of a raw body; also as X-Filename */
                filename?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/gzip": string;
                "application/octet-stream": string;
                "application/xml": string;
                "application/zip": string;
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScanResult"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    conversionStatus: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobStatus"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["AppEvent"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    info: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Info"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                active?: boolean;
                all?: boolean;
                cursor?: string;
                job_type?: "scan" | "convert" | "compare" | "index" | "export" | "cleanup" | "backup";
                limit?: number;
                session_id?: string;
                status?: "QUEUED" | "RUNNING" | "SUCCESS" | "FAILED" | "CANCELLED";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    jobEvents: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["AppEvent"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listNotices: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                unseen?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoticeList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    seeNotice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                notice_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRecipes: {
        parameters: {
            query?: {
                kind?: string;
                purpose?: "convert" | "compare";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecipeList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createRecipe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    body: components["schemas"]["RecipeBody"] | components["schemas"]["ComparisonRecipeBody"] | components["schemas"]["ComparisonRecipeBody"][];
                    kind?: string;
                    name: string;
                    /** @enum {string} */
                    purpose?: "convert" | "compare";
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recipe"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateRecipe: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                recipe_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    body: components["schemas"]["RecipeBody"] | components["schemas"]["ComparisonRecipeBody"] | components["schemas"]["ComparisonRecipeBody"][];
                    kind?: string;
                    name: string;
                    /** @enum {string} */
                    purpose?: "convert" | "compare";
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recipe"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteRecipe: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                recipe_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                pattern?: string;
                search?: string;
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    openSample: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SampleSessions"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    name?: string;
                    pinned?: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listArtifacts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArtifactList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDictionary: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dictionary"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportTables: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    bom?: boolean;
                    columns?: number[];
                    format: string;
                    guard?: boolean;
                    options?: components["schemas"]["ConvertOptions"];
                    table_ids?: number[];
                    view_id?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobStarted"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFiles: {
        parameters: {
            query?: {
                cursor?: string;
                kind?: string;
                limit?: number;
                search?: string;
                status?: string;
            };
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceFileList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInventory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Inventory"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewConversion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    kind: string;
                    options: components["schemas"]["ConvertOptions"];
                    /** Format: int64 */
                    rows?: number;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getProof: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proof"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSource: {
        parameters: {
            query: {
                column_id?: number;
                rid: number;
                table_id: number;
            };
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceExcerpt"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStructure: {
        parameters: {
            query: {
                kind: string;
                under?: string;
            };
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StructureNode"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTables: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TableList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listColumns: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
                table_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ColumnList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    columnStats: {
        parameters: {
            query?: {
                view?: string;
            };
            header?: never;
            path: {
                column_id: number;
                session_id: string;
                table_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ColumnStats"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPosition: {
        parameters: {
            query: {
                rid: number;
                view?: string;
            };
            header?: never;
            path: {
                session_id: string;
                table_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Position"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRows: {
        parameters: {
            query?: {
                columns?: string;
                limit?: number;
                max_cell?: number;
                offset?: number;
                view?: string;
            };
            header?: never;
            path: {
                session_id: string;
                table_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RowsPage"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCell: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path: {
                column_id: number;
                rid: number;
                session_id: string;
                table_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cell"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createView: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
                table_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    filter: components["schemas"]["Filter"][];
                    search?: string;
                    sort: components["schemas"]["Sort"][];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ViewInfo"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    default_quota?: components["schemas"]["Quota"];
                    formula_guard?: boolean;
                    model?: components["schemas"]["ModelSettings"];
                    notify_desktop?: boolean;
                    remote_models_allowed?: boolean;
                    /** Format: int64 */
                    retention_days?: number;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listShares: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                resource: "session" | "collection" | "comparison";
                resource_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShareList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putShare: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                resource: "session" | "collection" | "comparison";
                resource_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    team_id?: string;
                    user_id?: string;
                    username?: string;
                    write?: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteShare: {
        parameters: {
            query?: {
                team_id?: string;
                user_id?: string;
                username?: string;
                write?: boolean;
            };
            header?: never;
            path: {
                resource: "session" | "collection" | "comparison";
                resource_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    presign: {
        parameters: {
            query: {
                bytes?: number;
                convert?: boolean;
                filename: string;
                sha256?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PresignedUpload"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTeams: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeemTicket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ticket_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createUpload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: int64 */
                    bytes: number;
                    convert?: boolean;
                    filename: string;
                    options?: components["schemas"]["ConvertOptions"];
                    sha256?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    abortUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    completeUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Received"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putPart: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload_id: string;
                number: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadPart"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWatches: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createWatch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    active: boolean;
                    dir?: string;
                    options?: components["schemas"]["WatchOptions"];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Watch"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                watch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Watch"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateWatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                watch_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    active: boolean;
                    dir?: string;
                    options: components["schemas"]["WatchOptions"];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Watch"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteWatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                watch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Success"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWatchedFiles: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                state?: string;
            };
            header?: never;
            path: {
                watch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchedFileList"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sweepWatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                watch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Watch"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alive"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description Why it was refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
