/** What a contact was about, first the one that wins: a text that fits several takes the first. */
export const INTENTS = [
  'Cancellation / Switch',
  'Complaint / Escalation',
  'Billing / Payment',
  'Contract Renewal',
  'Pricing Offers',
  'Plan / Product Inquiry',
  'Account / Service Inquiry',
  'General / Operational Contact',
  'Other / Unclassified',
] as const;

export type Intent = (typeof INTENTS)[number];

/**
 * Words and phrases of one intent; `renew(,al)` stands for renew and renewal. They match whole words in any case, with
 * or without accents. `reference` holds the published list as it is; `english` and `spanish` are additions to it.
 */
export type IntentRule = {
  intent: Exclude<Intent, 'Other / Unclassified'>;
  reference: readonly string[];
  english: readonly string[];
  spanish: readonly string[];
};

/**
 * Rules in the order of their priority. The version changes with any word, as the intents of old runs may then differ.
 */
export type IntentRules = { version: number; rules: readonly IntentRule[] };

/**
 * The rules in use. Spanish words that mean something else too stand in phrases only: `baja` is also "low", `recibo`
 * also "I receive", `cuenta` also "tells".
 */
export const INTENT_RULES: IntentRules = {
  version: 1,
  rules: [
    {
      intent: 'Cancellation / Switch',
      reference: [
        'cancel(,ed,led,lation)',
        'terminate',
        'switch(,ing)',
        'leave',
        'account close',
        'account closure',
        'closing account',
      ],
      english: [
        'cancel(s,ing,ling)',
        'terminat(ed,es,ing,ion)',
        'leaving',
        'clos(e,ing) (the,my,his,her,their) account',
      ],
      spanish: [
        'cancel(ar,a,an,o,ado,ada,ación,aciones,ando)',
        'anul(ar,a,ado,ada,ación)',
        'rescin(dir,de,dido,dida,diendo)',
        'rescisión',
        '(dar,darse,darme,darle,dado,dada,dando,dándose) de baja',
        'da de baja',
        '(causar,pedir,pide,solicitar,solicita,solicitado,solicitando,tramitar,tramita,quiere) (baja,la baja,su baja)',
        'baja (de contrato,del contrato,del servicio,del suministro,definitiva,voluntaria)',
        'terminar (contrato,el contrato,su contrato)',
        'cambi(ar,arse,o,a,ado,ando) de (compañía,comercializadora,proveedor,suministrador,empresa)',
        '(irse,marcharse,pasarse) (a,con) (otra,la competencia)',
        'dejar (la compañía,el servicio,la comercializadora)',
        '(cierre,cerrar,cerrando) (de cuenta,de la cuenta,de su cuenta,la cuenta,su cuenta,cuenta)',
      ],
    },
    {
      intent: 'Complaint / Escalation',
      reference: [
        'complain(,t,ing)',
        'frustrated',
        'frustration',
        'escalated',
        'escalation',
        'not satisfied',
        'unsatisfied',
        'upset',
        'dissatisfied',
        'dissatisfaction',
        'unhappy',
        'discontent',
      ],
      english: ['complain(s,ts,ed)', 'disappointed', 'disappointment'],
      spanish: [
        'quej(a,as,arse,o,ó,ado,ando)',
        'reclam(a,ar,ado,ación,aciones,ando,o,os)',
        'frustrad(o,a,os,as)',
        'frustración',
        'escalad(o,a,os,as)',
        'no (está,está muy,está nada,queda,se muestra) satisfech(o,a,os,as)',
        'no satisfech(o,a,os,as)',
        'poco satisfech(o,a,os,as)',
        'insatisfech(o,a,os,as)',
        'insatisfacción',
        'molest(o,a,os,as)',
        'enfad(o,ado,ada,ados,adas)',
        'enojad(o,a,os,as)',
        'disgustad(o,a,os,as)',
        'indignad(o,a,os,as)',
        'descontent(o,a,os,as)',
        'decepcionad(o,a,os,as)',
        'decepción',
      ],
    },
    {
      intent: 'Billing / Payment',
      reference: ['bill', 'billing', 'charge(,s,d)', 'payment', 'overdue', 'past due'],
      english: ['bills', 'payments', 'invoice(,s)'],
      spanish: [
        'factur(a,as,ado,ada,ación)',
        '(el,su,un,último) recibo',
        'recibos',
        'recibo de (luz,la luz,gas)',
        'recibo del gas',
        'cobr(o,os,ado,ada,ar)',
        'cargo(,s) (en cuenta,indebido,indebidos,duplicado,duplicados)',
        'pag(o,os,ar,ado,ada)',
        'impag(o,os,ado,ada,ados,adas)',
        'deuda(,s)',
        'domiciliación',
      ],
    },
    {
      intent: 'Contract Renewal',
      reference: ['renew(,al,als,ing,ed)', 'expire', 'expiry', 'expiration'],
      english: ['renews', 'expire(s,d)', 'expiring'],
      spanish: [
        'renov(ar,arse,ación,aciones,ado,ada,ando,aría)',
        'renuev(a,an,e)',
        'prórroga(,s)',
        'venc(e,en,er,ido,ida,idos,idas,imiento,imientos)',
        'expir(a,ar,ado,ada,ación)',
        'caduc(a,ar,ado,ada,idad)',
        'fin (de,del,de su) contrato',
      ],
    },
    {
      intent: 'Pricing Offers',
      reference: [
        'price(,s,d)',
        'pricing',
        'rate(,s)',
        'increase',
        'hike',
        'discount(,s)',
        'saving(,s)',
        'competitive(,ness)',
        'competition',
        'better (deal,rate,offer)',
        'alternative(,s)',
        'looking around',
      ],
      english: ['increases', 'hikes', 'better (deals,rates,offers)', 'looking elsewhere'],
      spanish: [
        'precio(,s)',
        'tarifa(,s)',
        'aument(o,os)',
        'subida(,s)',
        'increment(o,os)',
        'encarecimiento',
        'descuento(,s)',
        'rebaja(,s)',
        'ahorr(o,os,ar)',
        'competitiv(o,a,os,as)',
        'competitividad',
        'competencia',
        'mejor(,es) oferta(,s)',
        'alternativa(,s)',
        '(mirando,buscando) (otras compañías,otra compañía,otras opciones,otras ofertas,en otro sitio,en otra parte)',
      ],
    },
    {
      intent: 'Plan / Product Inquiry',
      reference: ['plan(,s)', 'option(,s)'],
      english: [],
      spanish: ['planes', 'opci(ón,ones)', 'modalidad(,es)'],
    },
    {
      intent: 'Account / Service Inquiry',
      reference: [
        'account (details,questions,updates,setup,issues)',
        'service(,s)',
        'inquir(y,ed,ies)',
        'info',
        'clarified',
        'setup details',
        'no issues found',
        'all good',
      ],
      english: ['enquir(y,ed,ies)', 'information'],
      spanish: [
        '(datos,detalles,dudas,preguntas,cambios) (de,sobre) (la,su) cuenta',
        'servicio(,s)',
        'consult(a,as,ó,ar,ado,ando)',
        'pregunt(a,as,ó,ar,ado,ando)',
        'inform(ación,ado,ada,amos)',
        'aclar(a,ado,ada,ación,aciones)',
        'sin (problema,problemas,incidencia,incidencias)',
        'todo (bien,correcto,en orden)',
      ],
    },
    {
      intent: 'General / Operational Contact',
      reference: [
        'general',
        'follow-up',
        'routine',
        'inbound call',
        'no action required',
        'resolved',
        'normal process',
        'standard interaction',
        'customer contacted',
      ],
      english: ['follow-ups', 'inbound calls', 'no action needed'],
      spanish: [
        'seguimiento',
        'rutina',
        'rutinari(o,a)',
        'llamada(,s) (entrante,entrantes,recibida,recibidas)',
        'no (requiere,precisa) (acción,ninguna acción)',
        'sin acción (requerida,necesaria)',
        'resuelt(o,a,os,as)',
        'proceso (normal,habitual)',
        'interacción (estándar,habitual)',
        '(cliente contactado,clienta contactada)',
      ],
    },
  ],
};
