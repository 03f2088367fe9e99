import { createPinia } from 'pinia'
import { createApp } from 'vue'
import './styles/fonts.css'
import './styles/tokens.css'
import './styles/base.css'
import { clientKey, openClient } from './api'
import App from './App.vue'
import { createMessages } from './locales'
import { createRoutes } from './router'
import { useAccount } from './stores/account'
import { usePrefs } from './stores/prefs'

const client = await openClient()
const app = createApp(App)
app.provide(clientKey, client)
app.use(createPinia())
app.use(await createMessages(usePrefs()))
const account = useAccount()
app.use(createRoutes(account, client.kind === 'wails'))
app.mount('#app')
